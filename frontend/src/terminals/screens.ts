/** The screens of terminals: xterm.js, one for each that was shown, which stays while its tab is behind another. */
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import i18next from 'i18next';
import { listen, say } from '@/live/line';
import { useTerminals } from '@/store/terminals';
import { Stream } from './stream';

/** Lines that can be scrolled back to; the lab keeps some 240 KiB. */
const SCROLLBACK = 5000;
const TICK = 3000;
const ANSI = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

export interface Screen {
  /** Where it is drawn; put it into the page, and `fit`. */
  element: HTMLElement;
  fit: () => void;
  focus: () => void;
  dispose: () => void;
}

/** The colours of the page's theme, as `styles/terminals.css` says them: a browser resolves light-dark() in a colour only. */
function themeOf(element: HTMLElement): ITheme {
  const probe = element.appendChild(document.createElement('i'));
  const colour = (name: string): string => {
    probe.style.color = `var(--term-${name})`;
    return getComputedStyle(probe).color;
  };
  const named = ANSI.flatMap((name) => [
    [name, colour(name)],
    [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, colour(`bright-${name}`)],
  ]);
  const theme: ITheme = {
    ...Object.fromEntries(named),
    background: colour('background'),
    foreground: colour('foreground'),
    cursor: colour('cursor'),
    cursorAccent: colour('background'),
    selectionBackground: colour('selection'),
    scrollbarSliderBackground: colour('slider'),
    scrollbarSliderHoverBackground: colour('slider-hover'),
    scrollbarSliderActiveBackground: colour('slider-hover'),
  };
  probe.remove();
  return theme;
}

/** Keys that are the page's: copy, paste, and the one that leaves the dock. False: not for the shell. */
function forShell(terminal: Terminal, event: KeyboardEvent): boolean {
  if (event.ctrlKey && event.code === 'Backquote') {
    if (event.type === 'keydown') useTerminals.getState().setOpen(false);
    return false;
  }
  if (!event.ctrlKey || !event.shiftKey) return true;
  if (event.code === 'KeyC') {
    event.preventDefault();
    if (event.type === 'keydown' && terminal.hasSelection()) document.execCommand('copy');
    return false;
  }
  return event.code !== 'KeyV'; // the browser's own paste
}

function make(lab: string, key: string): Screen {
  const element = document.createElement('div');
  element.className = 'screen';
  document.body.append(element); // xterm measures its letters when it is opened
  const style = getComputedStyle(element);
  const terminal = new Terminal({
    fontFamily: style.fontFamily,
    fontSize: Number.parseFloat(style.fontSize),
    lineHeight: 1.2,
    scrollback: SCROLLBACK,
    theme: themeOf(element),
    minimumContrastRatio: 4.5,
    cursorBlink: false,
  });
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  terminal.attachCustomKeyEventHandler((event) => forShell(terminal, event));
  terminal.open(element);
  terminal.textarea?.setAttribute('aria-label', i18next.t('terminals:input'));

  const refit = () => {
    if (element.isConnected && element.clientHeight > 0) fitting.fit();
  };
  const surface = {
    write: (data: Uint8Array, drawn: () => void) => terminal.write(data, drawn),
    clear: () => terminal.write('\x1bc'),
  };
  const stream = new Stream(lab, key, surface, say);
  const resize = () => stream.resize(terminal.rows, terminal.cols);
  const encoder = new TextEncoder();
  terminal.onData((text) => stream.type(encoder.encode(text)));
  terminal.onBinary((text) => stream.type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  terminal.onResize(resize);
  terminal.textarea?.addEventListener('focus', resize); // of several pages, the one that types says how large it is
  const off = listen(
    key,
    (output) => stream.receive(output),
    () => {
      resize();
      stream.see();
    },
  );
  stream.see();
  const timer = setInterval(() => stream.tick(), TICK);
  const paint = () => {
    terminal.options.theme = themeOf(element);
    terminal.options.fontSize = Number.parseFloat(style.fontSize);
    refit();
  };
  const themes = new MutationObserver(paint);
  themes.observe(document.documentElement, { attributeFilter: ['data-theme', 'data-size'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', paint);

  return {
    element,
    fit: refit,
    focus: () => terminal.focus(),
    dispose: () => {
      clearInterval(timer);
      off();
      themes.disconnect();
      system.removeEventListener('change', paint);
      terminal.dispose();
      element.remove();
    },
  };
}

const screens = new Map<string, Screen>();

export function screenOf(lab: string, key: string): Screen {
  let screen = screens.get(key);
  if (!screen) {
    screen = make(lab, key);
    screens.set(key, screen);
  }
  return screen;
}

/** Those that are closed go. */
export function keepScreens(keys: readonly string[]): void {
  for (const [key, screen] of screens) {
    if (keys.includes(key)) continue;
    screen.dispose();
    screens.delete(key);
  }
}
