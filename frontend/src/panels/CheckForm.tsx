/** A check to make or to change. */
import type { FormEvent } from 'react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IMPLIED_HOST, pathOf } from '@/document/names';
import type { Doc, LabCheck } from '@/document/types';
import { isMachine } from '@/document/types';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { Segments } from './Segments';

const EXPECTATIONS = ['reply', 'unreachable', 'timeout'] as const;
type Expectation = (typeof EXPECTATIONS)[number];

/** Where a probe can start: whatever has a network namespace. */
function sourcesOf(doc: Doc): string[] {
  const paths = doc.nodes.filter(isMachine).map(pathOf);
  const implied = doc.nodes.some((node) => node.kind === 'bridge' && !node.host);
  return implied ? [...paths, IMPLIED_HOST] : paths;
}

/** Every address of the drawing, and whose it is. */
function addressesOf(doc: Doc): { address: string; node: string }[] {
  return doc.nodes.flatMap((node) => {
    const addresses = isMachine(node)
      ? (node.interfaces ?? []).flatMap((one) => one.addresses ?? [])
      : 'addresses' in node
        ? (node.addresses ?? [])
        : [];
    return addresses.map((address) => ({ address: address.split('/')[0] as string, node: pathOf(node) }));
  });
}

export function CheckForm({ check, onDone }: { check?: LabCheck; onDone: (check: LabCheck | null) => void }) {
  const { t } = useTranslation('panels');
  const drawn = useLab((lab) => lab.doc);
  const completed = useSync((sync) => sync.completed);
  const doc = completed ?? drawn;
  const sources = sourcesOf(doc);
  const selected = useView((view) => sources.find((path) => view.selection.has(path)));
  const [kind, setKind] = useState<'ping' | 'trace'>(check && 'trace' in check ? 'trace' : 'ping');
  const [from, setFrom] = useState(check?.from ?? selected ?? sources[0] ?? '');
  const [target, setTarget] = useState(check ? ('ping' in check ? check.ping : check.trace) : '');
  const [expect, setExpect] = useState<Expectation>(check && 'ping' in check ? (check.expect ?? 'reply') : 'reply');
  const [hops, setHops] = useState(check && 'trace' in check ? (check.expect ?? []).join(' ') : '');
  const known = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const way = hops.split(/[\s,→>]+/).filter(Boolean);
    onDone(
      kind === 'ping'
        ? { from, ping: target.trim(), expect }
        : { from, trace: target.trim(), expect: way.length > 0 ? way : [target.trim()] },
    );
  };
  return (
    <form className="form check-form" onSubmit={submit}>
      <Segments
        label={t('checks.kind')}
        value={kind}
        onChange={setKind}
        options={[
          ['ping', 'ping'],
          ['trace', 'trace'],
        ]}
      />
      <label>
        {t('checks.from')}
        <select value={from} onChange={(event) => setFrom(event.target.value)} required>
          {sources.map((path) => (
            <option key={path}>{path}</option>
          ))}
        </select>
      </label>
      <label>
        {t('checks.target')}
        <input
          className="mono"
          value={target}
          onChange={(event) => setTarget(event.target.value)}
          list={known}
          required
          spellCheck={false}
        />
      </label>
      <datalist id={known}>
        {addressesOf(doc)
          .filter(({ node }) => node !== from)
          .map(({ address, node }) => (
            <option key={`${node} ${address}`} value={address} label={node} />
          ))}
      </datalist>
      {kind === 'ping' ? (
        <label>
          {t('checks.expect')}
          <select value={expect} onChange={(event) => setExpect(event.target.value as Expectation)}>
            {EXPECTATIONS.map((one) => (
              <option key={one} value={one}>
                {t(`checks.outcome.${one}`)}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label>
          {t('checks.hops')}
          <input
            className="mono"
            value={hops}
            onChange={(event) => setHops(event.target.value)}
            placeholder="192.168.1.1 10.0.2.16 192.168.2.2"
            spellCheck={false}
          />
        </label>
      )}
      <div className="acts">
        <button type="submit" className="btn primary small">
          {t(check ? 'checks.save' : 'checks.add_this')}
        </button>
        <button type="button" className="btn small" onClick={() => onDone(null)}>
          {t('checks.cancel')}
        </button>
      </div>
    </form>
  );
}
