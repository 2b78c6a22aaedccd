/** What it is, and what can be done with it. */
import { useTranslation } from 'react-i18next';
import { hostOf } from '@/document/names';
import type { LabNode } from '@/document/types';
import { isMachine } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { report } from '@/lab/actions';
import { useIsThere } from '@/lab/usePending';
import { useLooksOnly } from '@/store/access';
import { deleteSelection, duplicateSelection } from '@/store/commands';
import { openTerminal } from '@/store/terminals';
import { useView } from '@/store/view';

export function NodeHead({ path, node }: { path: string; node: LabNode }) {
  const { t } = useTranslation();
  const running = useIsThere();
  const looksOnly = useLooksOnly();
  const host = hostOf(node);
  const setTool = useView((view) => view.setTool);
  return (
    <>
      <header className="head">
        <div>
          <h2>{node.label || node.name}</h2>
          <p className="dim">{host ? t(`what.${node.kind}On`, { host }) : t(`what.${node.kind}`)}</p>
        </div>
        <div className="tools">
          <button
            type="button"
            className="mini"
            aria-label={t('duplicate')}
            title={`${t('duplicate')} (Ctrl D)`}
            onClick={duplicateSelection}
          >
            <Icon name="copy" />
          </button>
          <button type="button" className="mini" aria-label={t('delete')} title={`${t('delete')} (Del)`} onClick={deleteSelection}>
            <Icon name="trash" />
          </button>
        </div>
      </header>
      {running && !looksOnly && isMachine(node) && (
        <div className="acts">
          <button type="button" className="btn small" onClick={() => setTool({ name: 'ping', from: path })}>
            <Icon name="ping" />
            {t('pingTo')}
          </button>
          <button type="button" className="btn small" onClick={() => setTool({ name: 'trace', from: path })}>
            <Icon name="trace" />
            {t('traceTo')}
          </button>
          <button
            type="button"
            className="btn small"
            title={`${t('openTerminal')} (S)`}
            onClick={() => void openTerminal(path).catch(report)}
          >
            <Icon name="term" />
            {t('openTerminal')}
          </button>
        </div>
      )}
    </>
  );
}
