/** Under the canvas: the terminals of the lab in tabs, several side by side. */
import '@/styles/terminals.css';
import { DropdownMenu } from 'radix-ui';
import { type KeyboardEvent, lazy, type PointerEvent, Suspense, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TerminalStatus } from '@/generated/messages';
import { Icon, type IconName } from '@/icons/Icon';
import { report } from '@/lab/actions';
import { useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { hangUp, openTerminal, panesOf, shells, useTerminals } from '@/store/terminals';

const Panes = lazy(() => import('./Panes'));
const STEP = 24;

export function Dock() {
  const { t } = useTranslation('terminals');
  const lab = useLab((store) => store.id);
  const terminals = useLive((live) => live.terminals);
  const connected = useLive((live) => live.connected);
  const store = useTerminals();
  const looksOnly = useLooksOnly();
  if (lab === null || looksOnly || !store.open) return null;
  if (terminals.length === 0) return store.ended ? <Ended leave={() => store.setOpen(false)} /> : null;
  const { keys, active } = panesOf(store, terminals);
  return (
    <section className="dock" aria-label={t('title')} style={{ height: store.height }}>
      <Grip />
      <header>
        <ul aria-label={t('title')}>
          {terminals.map((one) => (
            <li key={one.key} className={keys.includes(one.key) ? 'shown' : ''}>
              <button
                type="button"
                className="tab"
                aria-pressed={keys.includes(one.key)}
                aria-current={one.key === active}
                title={t('beside_hint')}
                onClick={(event) => store.show(one.key, event.ctrlKey || event.metaKey || event.shiftKey)}
              >
                <Icon name="term" />
                {nameOf(one, terminals)}
              </button>
              <button
                type="button"
                className="mini"
                aria-label={t('close', { node: nameOf(one, terminals) })}
                onClick={() => void hangUp(one.key).catch(report)}
              >
                <Icon name="x" />
              </button>
            </li>
          ))}
        </ul>
        <NodeMenu icon="plus" label={t('new')} open={(node) => openTerminal(node, { another: true })} />
        <span className="grow" />
        {!connected && (
          <span className="dim" role="status">
            {t('cut')}
          </span>
        )}
        <NodeMenu icon="split" label={t('beside')} open={(node) => openTerminal(node, { beside: true })} />
        <button type="button" className="mini" aria-label={t('hide')} title={`${t('hide')} (Ctrl \`)`} onClick={() => store.setOpen(false)}>
          <Icon name="down" />
        </button>
      </header>
      <Suspense fallback={<p className="dim">…</p>}>
        <Panes lab={lab} terminals={terminals} keys={keys} active={active} />
      </Suspense>
    </section>
  );
}

/** Takes what is typed on after the last shell has ended: on the canvas, letters are keys. */
function Ended({ leave }: { leave: () => void }) {
  const { t } = useTranslation('terminals');
  const place = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => place.current?.focus(), []);
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || (event.ctrlKey && event.code === 'Backquote')) leave();
  };
  return (
    <section className="dock" aria-label={t('title')}>
      <input ref={place} className="ended" readOnly value={t('ended')} aria-label={t('title')} onBlur={leave} onKeyDown={keyDown} />
    </section>
  );
}

/** Its node; numbered, where the node has several. */
function nameOf(terminal: TerminalStatus, terminals: readonly TerminalStatus[]): string {
  const same = terminals.filter((one) => one.node === terminal.node);
  return same.length > 1 ? `${terminal.node} ${same.indexOf(terminal) + 1}` : terminal.node;
}

/** A node is chosen, where the terminal opens. */
function NodeMenu({ icon, label, open }: { icon: IconName; label: string; open: (node: string) => Promise<void> }) {
  const doc = useLab((store) => store.doc);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="mini" aria-label={label} title={label}>
          <Icon name={icon} />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu nodes" align="start" aria-label={label} onCloseAutoFocus={(event) => event.preventDefault()}>
          {shells(doc).map((node) => (
            <DropdownMenu.Item key={node} onSelect={() => void open(node).catch(report)}>
              <Icon name="term" />
              {node}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The upper edge, by which the dock is drawn taller. */
function Grip() {
  const { t } = useTranslation('terminals');
  const height = useTerminals((store) => store.height);
  const setHeight = useTerminals((store) => store.setHeight);
  const drag = (event: PointerEvent<HTMLElement>) => {
    const from = { y: event.clientY, height };
    const grip = event.currentTarget;
    grip.setPointerCapture(event.pointerId);
    const move = (to: globalThis.PointerEvent) => setHeight(from.height + from.y - to.clientY);
    grip.addEventListener('pointermove', move);
    grip.addEventListener('lostpointercapture', () => grip.removeEventListener('pointermove', move), { once: true });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr takes neither pointer nor keys
    <div
      className="grip"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={t('height')}
      aria-valuenow={height}
      onPointerDown={drag}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        event.stopPropagation();
        setHeight(height + (event.key === 'ArrowUp' ? STEP : -STEP));
      }}
    />
  );
}
