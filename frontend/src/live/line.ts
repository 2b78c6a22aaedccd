/** The page's one WebSocket, for what is no status: who wants to speak over it, and who is spoken to. */
import type { PageToServer, TerminalOutput } from '@/generated/messages';

type Listener = (output: TerminalOutput) => void;

let speak: ((message: PageToServer) => boolean) | null = null;
const listeners = new Map<string, Listener>();
const returns = new Set<() => void>();

/** By the socket, while there is one. */
export function setSpeaker(speaker: typeof speak): void {
  speak = speaker;
}

/** False where there is no connection. */
export const say = (message: PageToServer): boolean => speak?.(message) ?? false;

export function hear(output: TerminalOutput): void {
  listeners.get(output.terminal)?.(output);
}

/** All that a terminal shows, until the returned function is called; `back` is called after each break of the connection. */
export function listen(terminal: string, listener: Listener, back: () => void): () => void {
  listeners.set(terminal, listener);
  returns.add(back);
  return () => {
    listeners.delete(terminal);
    returns.delete(back);
  };
}

export function comeBack(): void {
  for (const back of returns) back();
}
