/** Why a run or a change failed, or what befell a lab that runs, above the drawing, with the way to the node. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FailureText } from '@/components/FailureText';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { useView } from '@/store/view';
import { nodeAt } from '../read';

export function RunFailure() {
  const { t } = useTranslation();
  const run = useLive((live) => live.run);
  const error = run?.error;
  const since = run?.since ?? 0;
  const [closed, setClosed] = useState(-1);
  const known = useLab((lab) => error?.node != null && nodeAt(lab.doc, error.node) !== undefined);
  if (!run || !error || closed === since) return null;
  return (
    <section className={`failure float ${run.state === 'failed' ? 'failed' : 'pending'}`} role="alert">
      <Icon name="warn" />
      <div>
        <FailureText run={run} />
      </div>
      {known && error.node && (
        <button type="button" className="btn small" onClick={() => useView.getState().select([error.node as string])}>
          {t('showNode', { name: error.node })}
        </button>
      )}
      <button type="button" className="mini" aria-label={t('close')} onClick={() => setClosed(since)}>
        <Icon name="x" />
      </button>
    </section>
  );
}
