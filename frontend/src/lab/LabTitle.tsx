/** The lab's name: a press makes it a field. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';

export function LabTitle() {
  const { t } = useTranslation();
  const name = useLab((lab) => lab.doc.name);
  const looksOnly = useLooksOnly();
  const [text, setText] = useState<string | null>(null);
  if (looksOnly) return <h1 className="title">{name}</h1>;
  if (text === null) {
    return (
      <h1 className="title" aria-label={name}>
        <button type="button" aria-label={t('renameLab')} title={t('renameLab')} onClick={() => setText(name)}>
          {name}
        </button>
      </h1>
    );
  }
  const end = (keep: boolean) => {
    const next = text.trim();
    if (keep && next && next !== name) {
      useLab.getState().edit((doc) => {
        doc.name = next;
      });
    }
    setText(null);
  };
  return (
    <input
      className="title"
      aria-label={t('labName')}
      value={text}
      maxLength={200}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') end(true);
        if (event.key === 'Escape') end(false);
      }}
    />
  );
}
