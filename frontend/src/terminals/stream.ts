/** What one terminal shows and takes, over a connection that may lose, repeat and break. Positions are bytes since it was opened. */
import type { PageToServer, TerminalOutput } from '@/generated/messages';

/** Where it is drawn. */
export interface Surface {
  /** Calls back once it is drawn. */
  write: (data: Uint8Array, drawn: () => void) => void;
  clear: () => void;
}

/** Bytes that may be typed and not yet taken. */
const WINDOW = 16 * 1024;
const CHUNK = 4 * 1024;

/** False where there is no connection. */
export type Say = (message: PageToServer) => boolean;

export function decode(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export const encode = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

export class Stream {
  /** What was handed to the surface, and what of it was drawn. */
  private position = 0;
  private drawn = 0;
  private typed = 0;
  private taken = 0;
  private waiting: Uint8Array[] = [];
  private behindGap = false;
  private spoke = true;

  constructor(
    private readonly lab: string,
    private readonly terminal: string,
    private readonly surface: Surface,
    private readonly say: Say,
  ) {}

  receive(output: TerminalOutput): void {
    this.taken = Math.max(this.taken, output.taken);
    this.send();
    if (output.reset) {
      this.surface.clear();
      this.position = output.position;
    }
    if (output.position > this.position) {
      this.missSomething();
      return;
    }
    const data = decode(output.data).subarray(this.position - output.position);
    if (data.length === 0) return;
    this.behindGap = false;
    this.position += data.length;
    const end = this.position;
    this.surface.write(data, () => {
      this.drawn = Math.max(this.drawn, end);
      this.see();
    });
  }

  /** Says what it has seen: first, and again after a break. Said twice of one position, it is sent what follows once more. */
  see(): void {
    this.spoke = true;
    this.say({ type: 'terminal_seen', lab: this.lab, terminal: this.terminal, position: this.drawn, typed: this.typed });
  }

  /** Every few seconds. */
  tick(): void {
    if (!this.spoke) this.see();
    this.spoke = false;
  }

  type(data: Uint8Array): void {
    for (let start = 0; start < data.length; start += CHUNK) this.waiting.push(data.subarray(start, start + CHUNK));
    this.send();
  }

  resize(rows: number, columns: number): void {
    this.say({ type: 'terminal_size', lab: this.lab, terminal: this.terminal, rows, columns });
  }

  private missSomething(): void {
    if (this.behindGap) return;
    this.behindGap = true;
    this.see();
  }

  /** What is typed while there is no connection is lost: nobody would know any more what it was meant for. */
  private send(): void {
    while (this.waiting.length > 0 && this.typed - this.taken < WINDOW) {
      const data = this.waiting.shift() as Uint8Array;
      const message = { lab: this.lab, terminal: this.terminal, position: this.typed, data: encode(data) };
      if (!this.say({ type: 'terminal_input', ...message })) {
        this.waiting = [];
        return;
      }
      this.typed += data.length;
    }
  }
}
