/** A check to make or to change. It goes into the drawing when it is whole; what is no address is said at its field. */
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, type ServerProblem } from '@/api/http';
import { checkDocument } from '@/api/labs';
import { ErrorText } from '@/components/ErrorText';
import { isAt } from '@/components/Problems';
import { useWords } from '@/components/words';
import { IMPLIED_HOST, pathOf } from '@/document/names';
import type { Doc, LabCheck } from '@/document/types';
import { isMachine } from '@/document/types';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { Field } from './inspector/fields';
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
function targetsOf(doc: Doc): { address: string; node: string }[] {
  return doc.nodes.flatMap((node) => {
    const addresses = isMachine(node)
      ? (node.interfaces ?? []).flatMap((one) => one.addresses ?? [])
      : 'addresses' in node
        ? (node.addresses ?? [])
        : [];
    return addresses.map((address) => ({ address: address.split('/')[0] as string, node: pathOf(node) }));
  });
}

/** What is wrong with a check that would stand at `index`, in the server's words: the one place that knows what an address is. */
async function errorsOf(check: LabCheck, index: number): Promise<ServerProblem[]> {
  const { doc } = useLab.getState();
  try {
    await checkDocument({ ...doc, checks: doc.checks.toSpliced(index, 1, check) });
    return [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return error.problems.filter(({ path }) => isAt(path, `checks[${index}]`));
    throw error;
  }
}

interface CheckFormProps {
  check?: LabCheck;
  /** Its place in the document, or the place that it will have. */
  index: number;
  onDone: (check: LabCheck | null) => void;
}

export function CheckForm({ check, index, onDone }: CheckFormProps) {
  const { t } = useTranslation('panels');
  const say = useWords();
  const drawn = useLab((lab) => lab.doc);
  const doc = useSync((sync) => sync.completed) ?? drawn;
  const sources = [...new Set([...sourcesOf(doc), ...(check ? [check.from] : [])])];
  const selected = useView((view) => sources.find((path) => view.selection.has(path)));
  const [kind, setKind] = useState<'ping' | 'trace'>(check && 'trace' in check ? 'trace' : 'ping');
  const [from, setFrom] = useState(check?.from ?? selected ?? sources[0] ?? '');
  const [target, setTarget] = useState(check ? ('ping' in check ? check.ping : check.trace) : '');
  const [expect, setExpect] = useState<Expectation>(check && 'ping' in check ? (check.expect ?? 'reply') : 'reply');
  const [hops, setHops] = useState(check && 'trace' in check ? (check.expect ?? []).join(' ') : '');
  const targets = targetsOf(doc).filter(({ node }) => node !== from);
  const place = `checks[${index}]`;

  const examine = useMutation<ServerProblem[], ApiError, LabCheck>({
    mutationFn: (made) => errorsOf(made, index),
    onSuccess: (errors, made) => errors.length === 0 && onDone(made),
  });
  const errorAt = (path: string) => {
    const error = examine.data?.find((one) => isAt(one.path, path));
    return error ? say(error) : null;
  };
  /** What was wrong was wrong with what stood there before. */
  const changing =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      examine.reset();
      set(value);
    };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const way = hops.split(/[\s,→>]+/).filter(Boolean);
    const to = target.trim();
    examine.mutate(kind === 'ping' ? { from, ping: to, expect } : { from, trace: to, expect: way.length > 0 ? way : [to] });
  };
  return (
    <form className="form check-form" onSubmit={submit} noValidate>
      <Segments
        label={t('checks.kind')}
        value={kind}
        onChange={changing(setKind)}
        options={[
          ['ping', 'ping'],
          ['trace', 'trace'],
        ]}
      />
      <Field label={t('checks.from')} path={`${place}.from`} error={errorAt(`${place}.from`)}>
        {(attributes) => (
          <select {...attributes} value={from} onChange={(event) => changing(setFrom)(event.target.value)}>
            {sources.map((path) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('checks.target_node')} path={`${place}.node`}>
        {(attributes) => (
          <select
            {...attributes}
            value={targets.some(({ address }) => address === target) ? target : ''}
            onChange={(event) => changing(setTarget)(event.target.value)}
          >
            <option value="">{t('checks.other_address')}</option>
            {targets.map(({ address, node }) => (
              <option key={`${node} ${address}`} value={address}>
                {node} · {address}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('checks.target')} path={`${place}.${kind}`} error={errorAt(`${place}.${kind}`)}>
        {(attributes) => (
          <input
            {...attributes}
            className="mono"
            value={target}
            placeholder="192.168.1.2"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => changing(setTarget)(event.target.value)}
          />
        )}
      </Field>
      {kind === 'ping' ? (
        <Field label={t('checks.expect')} path={`${place}.expect`}>
          {(attributes) => (
            <select {...attributes} value={expect} onChange={(event) => changing(setExpect)(event.target.value as Expectation)}>
              {EXPECTATIONS.map((one) => (
                <option key={one} value={one}>
                  {t(`checks.outcome.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : (
        <Field label={t('checks.hops')} path={`${place}.expect`} error={hops.trim() ? errorAt(`${place}.expect`) : null}>
          {(attributes) => (
            <input
              {...attributes}
              className="mono"
              value={hops}
              placeholder={target.trim() || '192.168.1.1 192.168.2.2'}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => changing(setHops)(event.target.value)}
            />
          )}
        </Field>
      )}
      {examine.error && <ErrorText error={examine.error} />}
      <div className="acts">
        <button type="submit" className="btn primary small" disabled={examine.isPending}>
          {t(check ? 'checks.save' : 'checks.add_this')}
        </button>
        <button type="button" className="btn small" onClick={() => onDone(null)}>
          {t('checks.cancel')}
        </button>
      </div>
    </form>
  );
}
