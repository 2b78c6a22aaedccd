/** Why a run or a change failed: what, where, what to do, then the kernel's own words. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHint, useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { useView } from '@/store/view';
import { nodeAt } from '../read';

export function RunFailure() {
  const { t } = useTranslation();
  const words = useWords();
  const hintOf = useHint();
  const error = useLive((live) => live.run?.error ?? null);
  const generation = useLive((live) => live.run?.generation ?? 0);
  const [closed, setClosed] = useState(-1);
  const known = useLab((lab) => error?.node != null && nodeAt(lab.doc, error.node) !== undefined);
  if (!error || closed === generation) return null;
  const hint = hintOf(error);
  return (
    <section className="failure float failed" role="alert">
      <Icon name="warn" />
      <div>
        <p>
          <b>{words({ code: error.code, params: error.params ?? {}, message: error.message })}</b>
        </p>
        {hint && <p>{hint}</p>}
        {error.kernel && <p className="mono dim">{error.kernel}</p>}
      </div>
      {known && error.node && (
        <button type="button" className="btn small" onClick={() => useView.getState().select([error.node as string])}>
          {t('showNode', { name: error.node })}
        </button>
      )}
      <button type="button" className="mini" aria-label={t('close')} onClick={() => setClosed(generation)}>
        <Icon name="x" />
      </button>
    </section>
  );
}
