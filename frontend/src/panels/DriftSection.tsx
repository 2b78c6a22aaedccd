/** What was done by hand in the running lab: each entry, and all, taken into the drawing or undone. */
import { useTranslation } from 'react-i18next';
import { useOperationText } from '@/i18n/operations';
import { useAutoApplyPaused } from '@/lab/autoApply';
import { adopt, repair, useDrift, useDriftStore } from '@/lab/drift';
import { usePending } from '@/lab/usePending';
import { useLooksOnly } from '@/store/access';
import { Operation } from './PlanPanel';

/** As many as the worker tells of: `DRIFT_SHOWN`. */
const MOST = 500;

export function DriftSection() {
  const { t } = useTranslation('drift');
  const entries = useDrift();
  const busy = useDriftStore((store) => store.busy);
  const say = useOperationText();
  const { adopted } = usePending();
  const paused = useAutoApplyPaused();
  const looksOnly = useLooksOnly();
  if (entries.length === 0) return null;
  return (
    <section className="drift-section" aria-label={t('title')}>
      <div className="head">
        <div>
          <h2>{t('title')}</h2>
          <p className="dim">{t(adopted ? 'adopted' : 'hint')}</p>
          {paused && <p className="paused">{t('autoPausedWhy')}</p>}
        </div>
        {!looksOnly && (
          <div className="tools">
            <button type="button" className="btn small" disabled={busy} onClick={() => void adopt(null)}>
              {t('adoptAll')}
            </button>
            <button type="button" className="btn small" disabled={busy} onClick={() => void repair(null)}>
              {t('repairAll')}
            </button>
          </div>
        )}
      </div>
      <ol className="ops">
        {entries.map((entry) => (
          <Operation key={entry.summary} entry={entry} step={null}>
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
        ))}
      </ol>
      {entries.length === MOST && <p className="dim">{t('first', { count: MOST })}</p>}
    </section>
  );
}
