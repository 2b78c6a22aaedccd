/** Copies a text, and says so for a moment. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { copyText } from './copyText';

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation('panels');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" className="btn small" onClick={() => void copyText(text).then(() => setCopied(true))}>
      <Icon name={copied ? 'check' : 'copy'} />
      {t(copied ? 'code.copied' : 'code.copy')}
    </button>
  );
}
