/** Text as a machine reads it, to copy or download. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
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
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <div className="acts">
        <button type="button" className="btn small" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
          <Icon name={copied ? 'check' : 'copy'} />
          {t(copied ? 'code.copied' : 'code.copy')}
        </button>
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
