/** A link was dropped on empty ground: what shall stand there? Made and linked in one step. */
import { DropdownMenu } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { nodesByPath } from '@/document/names';
import { Icon } from '@/icons/Icon';
import { KIND_ICONS } from '@/lab/Palette';
import { useLab } from '@/store/lab';
import type { OpenDrop } from '../useLinking';

type Choice = 'target' | 'namespace' | 'router' | 'bridge' | 'host' | 'lan';

interface Props {
  drop: OpenDrop;
  choose: (choice: Choice) => void;
  cancel: () => void;
}

function choicesFor(drop: OpenDrop): Exclude<Choice, 'target'>[] {
  const source = nodesByPath(useLab.getState().doc).get(drop.from);
  if (source?.kind === 'lan') return ['host'];
  return source?.kind === 'host' && drop.host === null ? ['lan'] : ['namespace', 'router', 'bridge'];
}

export function DropMenu({ drop, choose, cancel }: Props) {
  const { t } = useTranslation();
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && cancel()}>
      <DropdownMenu.Trigger asChild>
        <span className="anchor" style={{ left: drop.x, top: drop.y }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} aria-label={t('drop.title')}>
          {drop.target && (
            <>
              <DropdownMenu.Item onSelect={() => choose('target')}>
                <Icon name="host" />
                {t('drop.toHost', { name: drop.target })}
              </DropdownMenu.Item>
              <DropdownMenu.Separator />
            </>
          )}
          {choicesFor(drop).map((kind) => (
            <DropdownMenu.Item key={kind} onSelect={() => choose(kind)}>
              <Icon name={KIND_ICONS[kind]} />
              {t(`kind.${kind}`)}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
