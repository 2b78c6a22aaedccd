/** What came of the drawing's checks. A lab runs the checks of the document that was applied, which may be others than those drawn. */
import type { LabCheck } from '@/document/types';
import type { CheckResult } from '@/generated/messages';

/** What a check is, whatever the order of its keys and what is left to its defaults. */
function identity(check: LabCheck): string {
  return 'ping' in check
    ? `ping ${check.from} ${check.ping} ${check.expect ?? 'reply'}`
    : `trace ${check.from} ${check.trace} ${check.expect}`;
}

export function sameChecks(a: readonly LabCheck[], b: readonly LabCheck[]): boolean {
  return a.length === b.length && a.every((check, index) => identity(check) === identity(b[index] as LabCheck));
}

/** For each check of the drawing the result of the same check of the document that runs; results come by their place there. */
export function resultsOf(
  drawn: readonly LabCheck[],
  applied: readonly LabCheck[],
  results: Readonly<Record<string, CheckResult>>,
): (CheckResult | undefined)[] {
  const places = new Map(applied.map((check, index) => [identity(check), index]));
  return drawn.map((check) => {
    const place = places.get(identity(check));
    return place === undefined ? undefined : results[place];
  });
}
