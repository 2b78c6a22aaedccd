/** The name of a node, and on Enter or a double click the field in which it is typed. */
import { type KeyboardEvent, memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isName, isTaken } from '@/document/checks';
import type { LabNode, LabNote } from '@/document/types';
import { rename } from '@/store/commands';
import { useLab } from '@/store/lab';
import { noteId, useView } from '@/store/view';

export const NodeName = memo(function NodeName({ path, node }: { path: string; node: LabNode }) {
  const editing = useView((view) => view.renaming === path);
  if (editing) return <NameField path={path} name={node.name} kind={node.kind} />;
  return (
    <p className="name" title={node.note || node.name}>
      {node.label || node.name}
      {node.label && <span className="mono dim"> {node.name}</span>}
    </p>
  );
});

function NameField({ path, name, kind }: { path: string; name: string; kind: LabNode['kind'] }) {
  const { t } = useTranslation();
  const [text, setText] = useState(name);
  const taken = useLab((lab) => isTaken(lab.doc, path, text));
  const good = isName(text, kind) && !taken;
  const end = (keep: boolean) => {
    useView.getState().setRenaming(null);
    if (keep && good && text !== name) rename(path, text);
  };
  return (
    <input
      className="name nodrag nopan"
      aria-label={t('node.name')}
      aria-invalid={!good}
      value={text}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => typed(event, end)}
    />
  );
}

function typed(event: KeyboardEvent, end: (keep: boolean) => void): void {
  event.stopPropagation();
  if (event.key === 'Enter') end(true);
  if (event.key === 'Escape') end(false);
}

export const NoteText = memo(function NoteText({ index, note }: { index: number; note: LabNote }) {
  const { t } = useTranslation();
  const editing = useView((view) => view.renaming === noteId(index));
  if (!editing) {
    const [first, ...rest] = note.text.split('\n');
    return (
      <div className="text">
        <p className="name">{first || t('note.empty')}</p>
        {rest.length > 0 && <p>{rest.join('\n')}</p>}
      </div>
    );
  }
  const end = () => {
    useView.getState().setRenaming(null);
    useLab.getState().endGesture();
  };
  return (
    <textarea
      className="nodrag nopan nowheel"
      aria-label={t('note.text')}
      value={note.text}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => {
        const { value } = event.currentTarget;
        useLab.getState().edit((doc) => {
          const target = doc.notes[index];
          if (target) target.text = value;
        }, `note ${index}`);
      }}
      onBlur={end}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape' || (event.key === 'Enter' && (event.ctrlKey || event.metaKey))) end();
      }}
    />
  );
});
