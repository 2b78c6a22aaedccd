/** What was done by hand in the running lab: each entry, and all, taken into the drawing or undone. */
import { useTranslation } from 'react-i18next';
import { Inline } from '@/components/Prose';
import { useWords } from '@/components/words';
import type { PlanEntry, Stranger } from '@/generated/messages';
import { useOperationText } from '@/i18n/operations';
import { useAutoApplyPaused } from '@/lab/autoApply';
import { adopt, repair, useDrift, useDriftStore } from '@/lab/drift';
import { useLooksOnly } from '@/store/access';
import { Operation } from './PlanPanel';

/** As many as the worker tells of: `DRIFT_SHOWN`. */
const MOST = 500;

export function DriftSection() {
  const { t } = useTranslation('drift');
  const { open, drawn, strangers } = useDrift();
  const paused = useAutoApplyPaused();
  if (open.length + drawn.length + strangers.length === 0) return null;
  return (
    <section className="drift-section" aria-label={t('title')}>
      <div className="head">
        <div>
          <h2>{t('title')}</h2>
          {open.length > 0 && <p className="dim">{t('hint')}</p>}
          {paused && <p className="paused">{t('autoPausedWhy')}</p>}
        </div>
        {/* What is drawn by now stays: to repair it would only have Apply make it again. */}
        {open.length > 0 && <AllButtons all={drawn.length > 0 ? open.map((entry) => entry.summary) : null} />}
      </div>
      <Refused open={open} />
      {open.length > 0 && (
        <ol className="ops">
          {open.map((entry) => (
            <OpenEntry key={entry.summary} entry={entry} />
          ))}
        </ol>
      )}
      {open.length + drawn.length === MOST && <p className="dim">{t('first', { count: MOST })}</p>}
      {drawn.length > 0 && (
        <section aria-label={t('drawn')}>
          <h3 className="ops-title">{t('drawn')}</h3>
          <p className="dim">{t('drawnHint')}</p>
          <ol className="ops">
            {drawn.map((entry) => (
              <Operation key={entry.summary} entry={entry} step={null} />
            ))}
          </ol>
        </section>
      )}
      {strangers.length > 0 && <Strangers strangers={strangers} />}
    </section>
  );
}

function AllButtons({ all }: { all: string[] | null }) {
  const { t } = useTranslation('drift');
  const busy = useDriftStore((store) => store.busy);
  if (useLooksOnly()) return null;
  return (
    <div className="tools">
      <button type="button" className="btn small" disabled={busy} onClick={() => void adopt(all)}>
        {t('adoptAll')}
      </button>
      <button type="button" className="btn small" disabled={busy} onClick={() => void repair(all)}>
        {t('repairAll')}
      </button>
    </div>
  );
}

function Refused({ open }: { open: readonly PlanEntry[] }) {
  const { t } = useTranslation('drift');
  const refused = useDriftStore((store) => store.refused);
  const count = open.filter((entry) => refused.has(entry.summary)).length;
  return <div role="alert">{count > 0 && <p className="refused">{t('refused', { count })}</p>}</div>;
}

function OpenEntry({ entry }: { entry: PlanEntry }) {
  const { t } = useTranslation('drift');
  const say = useOperationText();
  const words = useWords();
  const busy = useDriftStore((store) => store.busy);
  const refused = useDriftStore((store) => store.refused.get(entry.summary));
  const looksOnly = useLooksOnly();
  return (
    <Operation entry={entry} step={null}>
      {refused && (
        <p className="refused">
          <Inline text={words(refused)} />
        </p>
      )}
      {!looksOnly && (
        <div className="tools">
          <button
            type="button"
            className="btn small ghost"
            disabled={busy}
            aria-label={t('adoptOne', { what: say(entry) })}
            onClick={() => void adopt([entry.summary])}
          >
            {t('adopt')}
          </button>
          <button
            type="button"
            className="btn small ghost"
            disabled={busy}
            aria-label={t('repairOne', { what: say(entry) })}
            onClick={() => void repair([entry.summary])}
          >
            {t('repair')}
          </button>
        </div>
      )}
    </Operation>
  );
}

function Strangers({ strangers }: { strangers: readonly Stranger[] }) {
  const { t } = useTranslation('drift');
  return (
    <section aria-label={t('strangers')}>
      <h3 className="ops-title">{t('strangers')}</h3>
      <p className="dim">{t('strangersHint')}</p>
      <ul className="strangers">
        {strangers.map(({ node, interface: name, kind, address }) => (
          <li key={`${node}:${name} ${address}`}>
            <Inline text={t(address ? 'strangerAddressMarked' : 'strangerMarked', { node, name, kind, address })} />
          </li>
        ))}
      </ul>
    </section>
  );
}
