/** Text as a machine reads it, to copy or download. */
import { useTranslation } from 'react-i18next';
import { CopyButton } from '@/components/CopyButton';
import { Icon } from '@/icons/Icon';

interface CodeBoxProps {
  text: string;
  /** Of the file that is downloaded. */
  name: string;
  /** A newer text is on its way. */
  stale?: boolean;
}

export function CodeBox({ text, name, stale = false }: CodeBoxProps) {
  const { t } = useTranslation('panels');
  return (
    <>
      <div className="acts">
        <CopyButton text={text} />
        <button type="button" className="btn small" onClick={() => download(name, text)}>
          <Icon name="download" />
          {t('code.download')}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre className="codebox" tabIndex={0} aria-busy={stale}>
        {text.split('\n').map((line, index) => (
          // Lines have no identity but their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <span key={index} className={line.startsWith('#') ? 'comment' : ''}>{`${line}\n`}</span>
        ))}
      </pre>
    </>
  );
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
