/** For each check of the drawing what came of it, while the lab runs. */
import type { CheckResult } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { usePendingStore } from '@/store/pending';
import { resultsOf } from './checkResults';
import { useIsThere } from './usePending';

export function useCheckResults(): (CheckResult | undefined)[] {
  const drawn = useLab((lab) => lab.doc.checks);
  const applied = usePendingStore((pending) => pending.applied?.checks);
  const results = useLive((live) => live.checks);
  const running = useIsThere();
  return resultsOf(drawn, (running && applied) || [], results);
}
