/** The live values of a link, in its middle: its mark, the round trip of a check that ends across it, and its rate. */
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { LinkStatus } from '@/generated/messages';
import { IconAt, type IconName } from '@/icons/Icon';
import { rate, rtt } from '@/lab/units';
import { useLive } from '@/store/live';
import type { Mark } from '@/store/marks';
import { CHARACTER, type LinkPath } from '../routing';
import { MARKS, type State } from '../state';

interface Props {
  path: LinkPath;
  state: State;
  mark: Mark | null;
  status: LinkStatus | undefined;
  ends: readonly [string, string];
}

/** On its link, and a little to the right, as the labels stand. */
const SHIFT = 4;
const PENDING_ICON = { add: 'plus', remove: 'minus', change: 'tilde' } as const;

export const Chip = memo(function Chip({ path, state, mark, status, ends }: Props) {
  const { t } = useTranslation();
  const ping = useLive((live) => linkRtt(live.checks, ends));
  if (path.chip.room === 'none' || (state === 'idle' && mark === null)) return null;
  const small = path.chip.room === 'small';
  const bits = rate(Math.max(status?.bps?.[0] ?? 0, status?.bps?.[1] ?? 0));
  const measured = state === 'up' && mark === null && status !== undefined;
  const words = measured ? rtt(ping) || bits : t(`chip.${mark ?? state}`);
  const second = measured && ping !== null ? bits : '';
  const icon = mark ? PENDING_ICON[mark] : MARKS[state];
  const dim = measured && !second;
  return (
    <g
      className={`chip ${mark ? 'pending' : state}`}
      transform={`translate(${path.chip.x + (small || path.chip.hang > 0 ? 0 : SHIFT)} ${path.chip.y + path.chip.hang})`}
    >
      <Body icon={icon} words={small ? '' : words} second={small ? '' : second} dim={dim} />
      {!small && second && <Body icon={icon} words={words} second="" dim={dim} brief />}
    </g>
  );
});

interface BodyProps {
  icon: IconName;
  words: string;
  second: string;
  dim: boolean;
  /** What is left of it when one looks from further away. */
  brief?: boolean;
}

function Body({ icon, words, second, dim, brief = false }: BodyProps) {
  const width = words ? 36 + lengthOf(words) + (second ? lengthOf(second) + CHARACTER : 0) : 24;
  return (
    <g className={brief ? 'brief' : second ? 'full' : ''}>
      <rect x={-width / 2} y={-12} width={width} height={24} rx={12} />
      <IconAt name={icon} x={-width / 2 + (words ? 8 : 6)} y={-6} size={12} />
      {words && (
        <text className={dim ? 'dim' : ''} x={-width / 2 + 26} y={4}>
          {words}
        </text>
      )}
      {second && (
        <text className="dim end" x={width / 2 - 10} y={4}>
          {second}
        </text>
      )}
    </g>
  );
}

/** Chinese takes two columns of the mono font, or nearly. */
function lengthOf(text: string): number {
  return [...text].reduce((length, character) => length + (character > '\u2e80' ? 12 : CHARACTER), 0);
}

/** The round trip of the last ping that a check sent from one end of the link to the other. */
function linkRtt(checks: ReturnType<typeof useLive.getState>['checks'], ends: readonly [string, string]): number | null {
  for (const check of Object.values(checks)) {
    const ping = check.ping;
    if (ping?.rtt_ms != null && ends.some((end) => end.startsWith(`${ping.source}:`))) return ping.rtt_ms;
  }
  return null;
}
