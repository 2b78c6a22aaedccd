/** The drawing as its document: to read, change, upload, download. */
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ChangeEvent } from 'react';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getYaml, parseYaml } from '@/api/documents';
import type { ApiError, TextFile } from '@/api/http';
import { ErrorText } from '@/components/ErrorText';
import { withLists } from '@/document/types';
import type { LabDocument } from '@/generated/document';
import { Icon } from '@/icons/Icon';
import { useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { download } from './CodeBox';

// The editor is large: it comes when it is looked at.
const YamlEditor = lazy(() => import('./YamlEditor'));

export function YamlPanel() {
  const { t } = useTranslation('panels');
  const id = useLab((lab) => lab.id);
  const version = useSync((sync) => sync.version);
  const looksOnly = useLooksOnly();
  const saved = useSync((sync) => sync.saved === 'saved');
  /** What is being typed; null while the text follows the drawing. */
  const [draft, setDraft] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const yaml = useQuery<TextFile, ApiError>({
    queryKey: ['yaml', id, version],
    queryFn: () => getYaml(id as string),
    enabled: id !== null,
    placeholderData: (before) => before,
  });
  const take = useMutation<LabDocument, ApiError, string>({
    mutationFn: parseYaml,
    onSuccess: (document) => {
      useLab.getState().replace(withLists(document));
      setDraft(null);
    },
  });
  const upload = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = '';
    if (!chosen) return;
    const text = await chosen.text();
    setDraft(text);
    take.mutate(text);
  };
  const type = (text: string) => {
    if (take.error) take.reset();
    setDraft(text === yaml.data?.text ? null : text);
  };
  const discard = () => {
    take.reset();
    setDraft(null);
  };
  const text = draft ?? yaml.data?.text ?? '';
  return (
    <div className="yaml-panel">
      <div className="head">
        <div>
          <h2>{t('yaml.title')}</h2>
          <p className="dim">{t(looksOnly ? 'yaml.hint_only' : 'yaml.hint')}</p>
        </div>
      </div>
      <div className="acts">
        {draft === null ? (
          <>
            {!looksOnly && (
              <button type="button" className="btn small" onClick={() => file.current?.click()}>
                <Icon name="upload" />
                {t('yaml.upload')}
              </button>
            )}
            <button type="button" className="btn small" disabled={!saved} onClick={() => download(yaml.data?.name ?? '', text)}>
              <Icon name="download" />
              {t('code.download')}
            </button>
          </>
        ) : (
          <>
            <button type="button" className="btn primary small" disabled={take.isPending} onClick={() => take.mutate(draft)}>
              <Icon name="check" />
              {t('yaml.take')}
            </button>
            <button type="button" className="btn small" onClick={discard}>
              {t('yaml.discard')}
            </button>
          </>
        )}
        <input
          ref={file}
          type="file"
          accept=".yaml,.yml,.json"
          hidden
          aria-label={t('yaml.upload')}
          onChange={(event) => void upload(event)}
        />
      </div>
      {take.error && <ErrorText error={take.error} />}
      <Suspense fallback={<pre className="codebox">{text}</pre>}>
        {looksOnly ? (
          <pre className="codebox">{text}</pre>
        ) : (
          <YamlEditor label={t('yaml.title')} text={text} problems={take.error?.problems ?? []} onChange={type} />
        )}
      </Suspense>
    </div>
  );
}
