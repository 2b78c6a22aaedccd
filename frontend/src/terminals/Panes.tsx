/** Terminals side by side. In a chunk of its own: xterm.js comes with the first. */
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TerminalStatus } from '@/generated/messages';
import { useLive } from '@/store/live';
import { useTerminals } from '@/store/terminals';
import { keepScreens, screenOf } from './screens';

interface Props {
  lab: string;
  terminals: readonly TerminalStatus[];
  /** The keys of those that are shown. */
  keys: readonly string[];
  active: string | null;
}

export default function Panes({ lab, terminals, keys, active }: Props) {
  useEffect(() => keepScreens(terminals.map((one) => one.key)), [terminals]);
  useEffect(() => () => keepScreens([]), []);
  useEffect(() => useTerminals.setState({ ended: false }), []);
  return (
    <div className="terminal-panes">
      {keys.map((key) => (
        <Pane key={key} lab={lab} terminal={key} node={terminals.find((one) => one.key === key)?.node ?? ''} active={key === active} />
      ))}
    </div>
  );
}

function Pane({ lab, terminal, node, active }: { lab: string; terminal: string; node: string; active: boolean }) {
  const { t } = useTranslation('terminals');
  const place = useRef<HTMLElement>(null);
  useLayoutEffect(() => () => passOn(terminal, place.current), [terminal]); // an effect ends when its keyboard is lost already
  useEffect(() => {
    const { current } = place;
    if (!current) return;
    const screen = screenOf(lab, terminal);
    current.append(screen.element);
    const observer = new ResizeObserver(() => screen.fit());
    observer.observe(current);
    return () => {
      observer.disconnect();
      screen.element.remove();
    };
  }, [lab, terminal]);
  const called = useTerminals((store) => store.called === terminal);
  useEffect(() => {
    if (called) screenOf(lab, terminal).focus();
  }, [lab, terminal, called]);
  return (
    <section
      ref={place}
      className={active ? 'terminal-pane active' : 'terminal-pane'}
      aria-label={t('of', { node })}
      onFocus={() => useTerminals.getState().activate(terminal)}
    />
  );
}

/** Where a shell ends, what is typed goes to the one that is active now, or nowhere: not to the canvas, where letters are keys. */
function passOn(terminal: string, place: HTMLElement | null): void {
  const { terminals } = useLive.getState();
  const hasEnded = !terminals.some((one) => one.key === terminal);
  if (hasEnded && place?.contains(document.activeElement)) useTerminals.getState().setOpen(true);
}
