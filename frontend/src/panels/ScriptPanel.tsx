/** The drawing as a shell script that a person could have typed, in three formats, for each host, and the way back. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError, TextFile } from '@/api/http';
import type { ScriptFormat } from '@/api/labs';
import { getScript } from '@/api/labs';
import { ErrorText } from '@/components/ErrorText';
import { hostOf, IMPLIED_HOST } from '@/document/names';
import type { Doc } from '@/document/types';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { CodeBox } from './CodeBox';
import { Segments } from './Segments';

const FORMATS: readonly ScriptFormat[] = ['iproute2', 'brctl', 'batch'];

/** The hosts that have a script of their own: those drawn, and the implied one where something lives on it. */
function hostsOf(doc: Doc): string[] {
  const drawn = doc.nodes.filter((node) => node.kind === 'host').map((node) => node.name);
  const implied = doc.nodes.some((node) => ['namespace', 'router', 'bridge'].includes(node.kind) && hostOf(node) === null);
  return implied || drawn.length === 0 ? [IMPLIED_HOST, ...drawn] : drawn;
}

export function ScriptPanel() {
  const { t } = useTranslation('panels');
  const id = useLab((lab) => lab.id);
  const doc = useLab((lab) => lab.doc);
  const version = useSync((sync) => sync.version);
  const waiting = useSync((sync) => sync.saved !== 'saved');
  const [format, setFormat] = useState<ScriptFormat>('iproute2');
  const [part, setPart] = useState<'setup' | 'teardown'>('setup');
  const [wanted, setHost] = useState<string | null>(null);
  const hosts = hostsOf(doc);
  const host = wanted !== null && hosts.includes(wanted) ? wanted : (hosts[0] as string);
  const script = useQuery<TextFile, ApiError>({
    queryKey: ['script', id, version, format, host, part],
    queryFn: () => getScript(id as string, format, host, part === 'teardown'),
    enabled: id !== null && doc.nodes.length > 0,
    retry: false,
    placeholderData: (before) => before,
  });
  if (doc.nodes.length === 0) {
    return (
      <div className="head">
        <div>
          <h2>{t('script.title')}</h2>
          <p className="dim">{t('script.empty')}</p>
        </div>
      </div>
    );
  }
  return (
    <div className="script-panel">
      <div className="head">
        <div>
          <h2>{t('script.title')}</h2>
          <p className="dim">{t(hosts.length > 1 ? 'script.hint_hosts' : 'script.hint')}</p>
        </div>
      </div>
      <div className="choices">
        <Segments
          label={t('script.format')}
          value={format}
          onChange={setFormat}
          options={FORMATS.map((one) => [one, t(`script.formats.${one}`)])}
        />
        <Segments
          label={t('script.part')}
          value={part}
          onChange={setPart}
          options={[
            ['setup', t('script.setup')],
            ['teardown', t('script.teardown')],
          ]}
        />
        {hosts.length > 1 && <Segments label={t('script.host')} value={host} onChange={setHost} options={hosts.map((one) => [one, one])} />}
      </div>
      {script.error ? (
        <>
          <ErrorText error={script.error} />
          {script.error.problems.length > 0 && <p className="dim">{t('script.problems')}</p>}
        </>
      ) : (
        <CodeBox text={script.data?.text ?? ''} name={script.data?.name ?? ''} stale={waiting || script.isPlaceholderData} />
      )}
    </div>
  );
}
