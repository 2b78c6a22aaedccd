/** Somebody else saved meanwhile, or oneself in another window: what was saved, what is drawn here, or both. */
import { AlertDialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { createLab } from '@/api/labs';
import { useLab } from '@/store/lab';
import { keepMine, takeTheirs, useSync } from '@/store/sync';
import { report } from './actions';

export function ConflictDialog() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const theirs = useSync((sync) => sync.theirs);
  const by = theirs?.saved_by;
  const mine = by === document.body.dataset.user;
  const title = !by ? t('conflict.title') : mine ? t('conflict.titleMine') : t('conflict.titleBy', { by });

  const keepAsCopy = async () => {
    const { doc } = useLab.getState();
    const copy = await createLab({ name: t('conflict.copyName', { name: doc.name }).slice(0, 200), document: doc });
    takeTheirs();
    void navigate(`/labs/${copy.id}`);
  };

  return (
    <AlertDialog.Root open={theirs !== null}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="overlay" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description>{t('conflict.text')}</AlertDialog.Description>
          <div className="acts">
            <button type="button" className="btn primary" onClick={takeTheirs}>
              {t('conflict.theirs')}
            </button>
            <button type="button" className="btn" onClick={() => void keepAsCopy().catch(report)}>
              {t('conflict.copy')}
            </button>
            <button type="button" className="btn" onClick={keepMine}>
              {t('conflict.mine')}
            </button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
