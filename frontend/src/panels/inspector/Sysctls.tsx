/** Kernel settings of a machine: forwarding by a switch, others by their name. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Machine } from '@/document/types';
import { SYSCTLS } from '@/generated/sysctls';
import { Icon } from '@/icons/Icon';
import { editMachine } from './edits';
import { More, NumberField, ToggleField } from './fields';

const FORWARDING = [
  ['net.ipv4.ip_forward', 'IPv4'],
  ['net.ipv6.conf.all.forwarding', 'IPv6'],
] as const;
const FORWARDING_KEYS: ReadonlySet<string> = new Set(FORWARDING.map(([key]) => key));

function setSysctl(path: string, key: string, value: number | undefined, gesture?: string): void {
  editMachine(
    path,
    (draft) => {
      const sysctls: Record<string, number> = { ...draft.sysctls };
      if (value === undefined) delete sysctls[key];
      else sysctls[key] = value;
      draft.sysctls = sysctls;
    },
    gesture,
  );
}

export function Sysctls({ path, place, node }: { path: string; place: string; node: Machine }) {
  const { t } = useTranslation();
  const forwards = node.kind !== 'namespace';
  const set: Record<string, number> = node.sysctls ?? {};
  const others = Object.entries(set).filter(([key]) => !FORWARDING_KEYS.has(key));
  return (
    <section>
      <h3>{t('forwarding')}</h3>
      <div className="pair">
        {FORWARDING.map(([key, family]) => (
          <ToggleField
            key={key}
            label={family}
            path={`${place}.sysctls.${key}`}
            value={key in set ? set[key] !== 0 : forwards}
            change={(on) => setSysctl(path, key, on === forwards ? undefined : Number(on))}
          />
        ))}
      </div>
      <More label={t('sysctls')} open={others.length > 0}>
        {others.map(([key, value]) => (
          <div key={key} className="row">
            <NumberField
              label={key.replace(/^net\./, '')}
              path={`${place}.sysctls.${key}`}
              value={value}
              change={(next, gesture) => setSysctl(path, key, next ?? ('' as unknown as number), gesture)}
            />
            <button type="button" className="mini" aria-label={t('removeSysctl', { key })} onClick={() => setSysctl(path, key, undefined)}>
              <Icon name="x" />
            </button>
          </div>
        ))}
        <AddSysctl path={path} taken={set} />
      </More>
    </section>
  );
}

function AddSysctl({ path, taken }: { path: string; taken: Record<string, number> }) {
  const { t } = useTranslation();
  const id = useId();
  const [key, setKey] = useState('');
  const free = Object.entries(SYSCTLS).filter(([name]) => !(name in taken) && !FORWARDING_KEYS.has(name));
  const add = () => {
    const known = SYSCTLS[key];
    if (known) setSysctl(path, key, known.default);
    setKey('');
  };
  if (free.length === 0) return null;
  return (
    <div className="row">
      <select id={id} className="mono" aria-label={t('chooseSysctl')} value={key} onChange={(event) => setKey(event.currentTarget.value)}>
        <option value="">{t('chooseSysctl')}</option>
        {free.map(([name]) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" className="mini" aria-label={t('addSysctl')} disabled={key === ''} onClick={add}>
        <Icon name="plus" />
      </button>
    </div>
  );
}
