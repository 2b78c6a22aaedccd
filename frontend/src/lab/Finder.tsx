/** Find anything: a node by its name, or what to do: `Ctrl K`. */
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useArrange } from '@/canvas/overlays/ZoomBar';
import { toggleProjector } from '@/canvas/projector';
import { goTo } from '@/canvas/roving';
import { useShowAll } from '@/canvas/useShowAll';
import { pathOf } from '@/document/names';
import { isMachine } from '@/document/types';
import { Icon, type IconName } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { openTerminal, shells } from '@/store/terminals';
import { useView } from '@/store/view';
import { report, runOrApply, stop } from './actions';
import { type Entry, matching } from './finding';
import { KIND_ICONS } from './Palette';
import { useIsThere } from './usePending';

interface Choice extends Entry {
  icon: IconName;
  keys?: string;
  act: () => void;
}

function useActions(): Choice[] {
  const { t } = useTranslation();
  const running = useIsThere();
  const doc = useLab((lab) => lab.doc);
  const { nodes } = doc;
  const showAll = useShowAll();
  const arrange = useArrange();
  const { setDialog, setTool } = useView.getState();
  const { undo, redo } = useLab.getState();
  const asking = nodes.filter(isMachine).flatMap((node): Choice[] => {
    const from = pathOf(node);
    return [
      { icon: 'ping', label: t('find.pingFrom', { from }), act: () => setTool({ name: 'ping', from }), hidden: true },
      { icon: 'trace', label: t('find.traceFrom', { from }), act: () => setTool({ name: 'trace', from }), hidden: true },
    ];
  });
  const terminals = shells(doc).map(
    (node): Choice => ({
      icon: 'term',
      label: t('terminalOf', { node }),
      act: () => void openTerminal(node).catch(report),
      hidden: true,
    }),
  );
  return [
    { icon: 'play', label: t(running ? 'apply' : 'runButton'), keys: 'Ctrl Enter', act: runOrApply },
    ...(running ? [{ icon: 'stop', label: t('stop'), keys: 'Ctrl .', act: () => void stop() } satisfies Choice] : []),
    ...(running
      ? [{ icon: 'ping', label: t('find.ping'), keys: 'P', act: () => setTool({ name: 'ping', from: null }) } satisfies Choice]
      : []),
    ...(running ? [{ icon: 'trace', label: t('find.trace'), act: () => setTool({ name: 'trace', from: null }) } satisfies Choice] : []),
    { icon: 'fit', label: t('find.fit'), keys: 'Shift 1', act: () => void showAll() },
    { icon: 'arrange', label: t('find.arrange'), keys: 'Shift A', act: arrange },
    { icon: 'projector', label: t('find.projector'), keys: 'Shift P', act: toggleProjector },
    { icon: 'undo', label: t('undo'), keys: 'Ctrl Z', act: undo },
    { icon: 'redo', label: t('redo'), keys: 'Ctrl Shift Z', act: redo },
    { icon: 'key', label: t('keys.title'), keys: '?', act: () => setDialog('keys') },
    ...nodes.map(
      (node): Choice => ({
        icon: node.kind === 'internet' ? 'cloud' : KIND_ICONS[node.kind],
        label: pathOf(node),
        more: node.label ?? undefined,
        act: () => goTo(pathOf(node)),
      }),
    ),
    ...(running ? [...asking, ...terminals] : []),
  ];
}

export function Finder() {
  const { t } = useTranslation();
  const open = useView((view) => view.dialog === 'find');
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useView.getState().setDialog(next ? 'find' : null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        {/* What is chosen takes the focus. */}
        <Dialog.Content className="dialog finder" aria-describedby={undefined} onCloseAutoFocus={(event) => event.preventDefault()}>
          <Dialog.Title className="sr">{t('find.title')}</Dialog.Title>
          <Search />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Search() {
  const { t } = useTranslation();
  const list = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = matching(useActions(), text);
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    useView.getState().setDialog(null);
    choice.act();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter') choose(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <label>
        <Icon name="find" />
        <input
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
          aria-label={t('find.title')}
          placeholder={t('find.hint')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div role="listbox" id={list} aria-label={t('find.title')}>
        {found.map((choice, index) => (
          <button
            key={`${choice.icon} ${choice.label}`}
            ref={index === at ? (element) => element?.scrollIntoView({ block: 'nearest' }) : null}
            type="button"
            role="option"
            id={`${list}-${index}`}
            aria-selected={index === at}
            tabIndex={-1}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(choice)}
          >
            <Icon name={choice.icon} />
            <span>{choice.label}</span>
            {choice.more && <span className="dim">{choice.more}</span>}
            {choice.keys && <kbd>{choice.keys}</kbd>}
          </button>
        ))}
        {found.length === 0 && <p className="dim">{t('find.nothing')}</p>}
      </div>
    </>
  );
}
