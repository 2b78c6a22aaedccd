/** A lab's state as colour, shape and word. */
import { useTranslation } from 'react-i18next';
import type { RunStatus } from '@/generated/messages';
import type { IconName } from '@/icons/Icon';
import { Icon } from '@/icons/Icon';

type RunState = RunStatus['state'];

export const STATES: Record<RunState, { tone: string; icon: IconName }> = {
  stopped: { tone: 'idle', icon: 'square' },
  waiting: { tone: 'pending', icon: 'ring' },
  starting: { tone: 'applying', icon: 'half' },
  running: { tone: 'up', icon: 'tri' },
  applying: { tone: 'applying', icon: 'half' },
  stopping: { tone: 'applying', icon: 'half' },
  failed: { tone: 'failed', icon: 'warn' },
};

export function StateBadge({ state }: { state: RunState }) {
  const { t } = useTranslation('pages');
  const { tone, icon } = STATES[state];
  return (
    <span className={`state ${tone}`}>
      <Icon name={icon} />
      {t(`state.${state}`)}
    </span>
  );
}
