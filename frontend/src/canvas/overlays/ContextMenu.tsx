/** What can be done with what is under the pointer, by the other button of the mouse. */
import { DropdownMenu } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { IMPLIED_HOST } from '@/document/names';
import { isMachine } from '@/document/types';
import { Icon, type IconName } from '@/icons/Icon';
import { report } from '@/lab/actions';
import { useIsThere } from '@/lab/usePending';
import { copySelection, deleteSelection, duplicateSelection, pasteText, selectAll } from '@/store/commands';
import { useLab } from '@/store/lab';
import { openTerminal, shells } from '@/store/terminals';
import { type ItemId, indexOf, useView } from '@/store/view';
import { nodeAt } from '../read';

export interface MenuPlace {
  x: number;
  y: number;
  /** null: the empty canvas. */
  item: ItemId | null;
}

interface Entry {
  icon: IconName;
  label: string;
  keys?: string;
  disabled?: boolean;
  danger?: boolean;
  act: () => void;
}

function useEntries(item: ItemId | null): Entry[] {
  const { t } = useTranslation();
  const running = useIsThere();
  const doc = useLab((lab) => lab.doc);
  const clip = useView((view) => view.clip);
  const { setTool, setRenaming } = useView.getState();
  if (item === null) {
    const onHost: Entry = {
      icon: 'term',
      label: t('terminalOf', { node: IMPLIED_HOST }),
      disabled: !running,
      act: () => void openTerminal(IMPLIED_HOST).catch(report),
    };
    return [
      ...(shells(doc).includes(IMPLIED_HOST) ? [onHost] : []),
      { icon: 'copy', label: t('paste'), keys: 'Ctrl V', disabled: clip === null, act: () => void pasteText('') },
      { icon: 'fit', label: t('selectAll'), keys: 'Ctrl A', act: selectAll },
    ];
  }
  const remove: Entry = { icon: 'trash', label: t('delete'), keys: 'Del', danger: true, act: deleteSelection };
  const index = indexOf(item, 'link');
  if (index !== null) {
    const up = doc.links[index]?.up ?? true;
    const toggle = () =>
      useLab.getState().edit((draft) => {
        const link = draft.links[index];
        if (!link) return;
        if (up) link.up = false;
        else delete link.up;
      });
    return [{ icon: up ? 'x' : 'tri', label: t(up ? 'setDown' : 'setUp'), act: toggle }, remove];
  }
  const node = nodeAt(doc, item);
  const asking: Entry[] =
    node && isMachine(node)
      ? [
          { icon: 'ping', label: t('pingTo'), keys: 'P', disabled: !running, act: () => setTool({ name: 'ping', from: item }) },
          { icon: 'trace', label: t('traceTo'), disabled: !running, act: () => setTool({ name: 'trace', from: item }) },
          { icon: 'term', label: t('openTerminal'), keys: 'S', disabled: !running, act: () => void openTerminal(item).catch(report) },
        ]
      : [];
  return [
    { icon: 'edit', label: t(node ? 'rename' : 'editNote'), keys: 'Enter', act: () => setRenaming(item) },
    ...asking,
    { icon: 'copy', label: t('copy'), keys: 'Ctrl C', act: () => void copySelection() },
    { icon: 'plus', label: t('duplicate'), keys: 'Ctrl D', act: duplicateSelection },
    remove,
  ];
}

export function ContextMenu({ place, close }: { place: MenuPlace; close: () => void }) {
  const { t } = useTranslation();
  const entries = useEntries(place.item);
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && close()}>
      <DropdownMenu.Trigger asChild>
        <span className="anchor" style={{ left: place.x, top: place.y }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        {/* A field that an entry opens keeps the focus that it takes. */}
        <DropdownMenu.Content className="menu" align="start" aria-label={t('menu')} onCloseAutoFocus={(event) => event.preventDefault()}>
          {entries.map((entry) => (
            <DropdownMenu.Item
              key={entry.label}
              disabled={entry.disabled ?? false}
              className={entry.danger ? 'danger' : ''}
              onSelect={entry.act}
            >
              <Icon name={entry.icon} />
              {entry.label}
              {entry.keys && <kbd>{entry.keys}</kbd>}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
