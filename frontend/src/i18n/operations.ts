/** Operations in the language of the page. */
import { useTranslation } from 'react-i18next';
import type { PlanEntry } from '@/generated/messages';

/** `Add namespace ns1`; where a language lacks the operation, the server's English. */
export function useOperationText(): (entry: PlanEntry) => string {
  const { t } = useTranslation();
  return (entry) => {
    // To give up a master or a MAC address is said otherwise than to take one.
    const nothing =
      (entry.op === 'SetMaster' && !entry.params.master) ||
      (entry.op === 'SetMac' && !entry.params.mac) ||
      (entry.op === 'SetNetem' && !entry.params.netem);
    const key = `operations:${entry.op}${nothing ? '_none' : entry.op === 'AddCard' && !entry.params.lan ? '_none' : ''}`;
    return (t as (key: string, options: object) => string)(key, { ...entry.params, defaultValue: entry.summary });
  };
}
