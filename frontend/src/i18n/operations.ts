/** Operations in the language of the page. */
import { useTranslation } from 'react-i18next';
import type { PlanEntry } from '@/generated/messages';

/** `Add namespace ns1`; where a language lacks the operation, the server's English. `marked`: names are in backticks, as code. */
export function useOperationText(marked?: 'marked'): (entry: PlanEntry) => string {
  const { t } = useTranslation();
  return (entry) => {
    // To give up a master or a MAC address is said otherwise than to take one.
    const nothing =
      (entry.op === 'SetMaster' && !entry.params.master) ||
      (entry.op === 'SetMac' && !entry.params.mac) ||
      (entry.op.startsWith('SetNetem') && !entry.params.netem) ||
      (['AddCard', 'SetLan'].includes(entry.op) && !entry.params.lan) ||
      (entry.op.endsWith('Host') && !entry.params.host); // the one that is not drawn
    const quoted = Object.entries(entry.params).map(([name, value]) => [name, `\`${value}\``]);
    const params = marked ? Object.fromEntries(quoted) : entry.params;
    const key = `operations:${entry.op}${nothing ? '_none' : ''}`;
    return (t as (key: string, options: object) => string)(key, { ...params, defaultValue: entry.summary });
  };
}
