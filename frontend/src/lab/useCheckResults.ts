/** For each check of the drawing what came of it, while the lab runs. */
import type { CheckResult } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { isRunning, useLive } from '@/store/live';
import { resultsOf } from './checkResults';
import { usePendingStore } from './usePending';

export function useCheckResults(): (CheckResult | undefined)[] {
  const drawn = useLab((lab) => lab.doc.checks);
  const applied = usePendingStore((pending) => pending.applied?.checks);
  const results = useLive((live) => live.checks);
  const running = useLive((live) => isRunning(live.run));
  return resultsOf(drawn, (running && applied) || [], results);
}
