/** What is selected, as a form; with nothing selected, the lab itself and the problems of its drawing. */
import { useTranslation } from 'react-i18next';
import { nodeAt } from '@/canvas/read';
import { Icon } from '@/icons/Icon';
import { deleteSelection, duplicateSelection } from '@/store/commands';
import { useLab } from '@/store/lab';
import { indexOf, useView } from '@/store/view';
import { LabForm } from './inspector/LabForm';
import { LinkForm } from './inspector/LinkForm';
import { NodeForm } from './inspector/NodeForm';
import { NoteForm } from './inspector/NoteForm';

export function InspectorPanel() {
  const doc = useLab((lab) => lab.doc);
  const selection = useView((view) => view.selection);
  if (selection.size > 1) return <Several count={selection.size} />;
  const id = [...selection][0];
  if (id === undefined) return <LabForm />;
  const linkIndex = indexOf(id, 'link');
  const link = linkIndex === null ? undefined : doc.links[linkIndex];
  if (link && linkIndex !== null) return <LinkForm key={id} index={linkIndex} link={link} />;
  const noteIndex = indexOf(id, 'note');
  const note = noteIndex === null ? undefined : doc.notes[noteIndex];
  if (note && noteIndex !== null) return <NoteForm key={id} index={noteIndex} note={note} />;
  const node = nodeAt(doc, id);
  return node ? <NodeForm path={id} node={node} /> : <LabForm />;
}

function Several({ count }: { count: number }) {
  const { t } = useTranslation();
  return (
    <>
      <header className="head">
        <h2>{t('selectedCount', { count })}</h2>
      </header>
      <div className="acts">
        <button type="button" className="btn small" onClick={duplicateSelection}>
          <Icon name="copy" />
          {t('duplicate')}
        </button>
        <button type="button" className="btn small" onClick={deleteSelection}>
          <Icon name="trash" />
          {t('delete')}
        </button>
      </div>
    </>
  );
}
