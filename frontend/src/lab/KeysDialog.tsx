/** All keys of the lab page: `?`. */
import { Dialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { useView } from '@/store/view';

/** Each with the key of its words, `lab:keys.…`. */
const GROUPS = {
  draw: {
    kinds: ['N', 'R', 'B', 'H', 'E', 'T'],
    link: ['L'],
    select: ['V'],
    rename: ['Enter'],
    remove: ['Del'],
    duplicate: ['Ctrl D'],
    clipboard: ['Ctrl C', 'Ctrl X', 'Ctrl V'],
    undo: ['Ctrl Z', 'Ctrl Shift Z'],
  },
  go: {
    onto: ['Tab'],
    walk: ['← ↑ ↓ →'],
    move: ['Alt ← ↑ ↓ →'],
    nudge: ['Shift'],
    all: ['Ctrl A'],
    leave: ['Esc'],
    find: ['Ctrl K'],
    tabs: ['1', '…', '5'],
  },
  see: { zoom: ['+', '−'], fit: ['Shift 1'], arrange: ['Shift A'], projector: ['Shift P'], help: ['?'] },
  run: { run: ['Ctrl Enter'], stop: ['Ctrl .'], ping: ['P'], check: ['K'], terminal: ['S'], terminals: ['Ctrl `'] },
} as const;

type Group = keyof typeof GROUPS;
type Key = { [G in Group]: keyof (typeof GROUPS)[G] }[Group];

export function KeysDialog() {
  const { t } = useTranslation();
  const open = useView((view) => view.dialog === 'keys');
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useView.getState().setDialog(next ? 'keys' : null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog keys" aria-describedby={undefined}>
          <Dialog.Title>{t('keys.title')}</Dialog.Title>
          <Dialog.Close className="mini" aria-label={t('close')}>
            <Icon name="x" />
          </Dialog.Close>
          <div>
            {(Object.keys(GROUPS) as Group[]).map((group) => (
              <section key={group}>
                <h3>{t(`keys.group.${group}`)}</h3>
                <dl>
                  {(Object.entries(GROUPS[group]) as [Key, readonly string[]][]).map(([name, keys]) => (
                    <div key={name}>
                      <dt>
                        {keys.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </dt>
                      <dd>{t(`keys.${name}`)}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
