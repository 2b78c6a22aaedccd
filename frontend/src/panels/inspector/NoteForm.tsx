import { useTranslation } from 'react-i18next';
import type { LabNote } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { deleteSelection } from '@/store/commands';
import { useLab } from '@/store/lab';
import { AreaField } from './fields';

export function NoteForm({ index, note }: { index: number; note: LabNote }) {
  const { t } = useTranslation();
  return (
    <>
      <header className="head">
        <div>
          <h2>{t('kind.note')}</h2>
          <p className="dim">{t('what.note')}</p>
        </div>
        <div className="tools">
          <button type="button" className="mini" aria-label={t('delete')} title={`${t('delete')} (Del)`} onClick={deleteSelection}>
            <Icon name="trash" />
          </button>
        </div>
      </header>
      <form className="form stacked" onSubmit={(event) => event.preventDefault()}>
        <AreaField
          label={t('note.text')}
          path={`notes[${index}].text`}
          value={note.text}
          change={(text, gesture) =>
            useLab.getState().edit((doc) => {
              const target = doc.notes[index];
              if (target) target.text = text;
            }, gesture)
          }
        />
      </form>
    </>
  );
}
