import { beforeEach, describe, expect, it } from 'vitest';
import type { PageToServer, TerminalOutput } from '@/generated/messages';
import { encode, Stream } from './stream';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a terminal’s stream', () => {
  let said: PageToServer[];
  let drawn: string;
  let undrawn: (() => void)[];
  let stream: Stream;

  const output = (position: number, text: string, more: Partial<TerminalOutput> = {}): TerminalOutput => ({
    type: 'terminal_output',
    lab: 'lab',
    terminal: 't',
    position,
    data: encode(bytes(text)),
    taken: 0,
    ...more,
  });
  const seen = () => said.flatMap((message) => (message.type === 'terminal_seen' ? [message.position] : []));
  const typed = () => said.flatMap((message) => (message.type === 'terminal_input' ? [message.position] : []));

  beforeEach(() => {
    said = [];
    drawn = '';
    undrawn = [];
    const surface = {
      write: (data: Uint8Array, done: () => void) => {
        drawn += new TextDecoder().decode(data);
        undrawn.push(done);
      },
      clear: () => {
        drawn = '';
      },
    };
    stream = new Stream('lab', 't', surface, (message) => {
      said.push(message);
      return true;
    });
  });

  const draw = () => {
    for (const done of undrawn.splice(0)) done();
  };

  it('acknowledges what is drawn, not what has come', () => {
    stream.receive(output(0, 'abc'));
    expect(seen()).toEqual([]);
    draw();
    expect(seen()).toEqual([3]);
  });

  it('draws what is repeated once', () => {
    stream.receive(output(0, 'abc'));
    stream.receive(output(0, 'abcde'));
    stream.receive(output(1, 'bc'));
    expect(drawn).toBe('abcde');
  });

  it('asks once for what a gap hides, and goes on where it is closed', () => {
    stream.receive(output(0, 'ab'));
    draw();
    stream.receive(output(4, 'ef'));
    stream.receive(output(6, 'gh'));
    expect(seen()).toEqual([2, 2]);
    stream.receive(output(2, 'cdefgh'));
    expect(drawn).toBe('abcdefgh');
  });

  it('begins anew where the beginning is gone', () => {
    stream.receive(output(0, 'ab'));
    stream.receive(output(1000, 'tail', { reset: true }));
    draw();
    expect(drawn).toBe('tail');
    expect(seen().at(-1)).toBe(1004);
  });

  it('says every few seconds what it has seen, where it has said nothing else', () => {
    stream.tick();
    expect(seen()).toEqual([]);
    stream.tick();
    stream.tick();
    expect(seen()).toEqual([0, 0]);
  });

  it('pastes no more than a window ahead of what was taken', () => {
    stream.type(bytes('x'.repeat(100_000)));
    const under = typed();
    expect(under.at(-1)).toBeLessThan(16 * 1024);
    stream.receive(output(0, '', { taken: 4096 }));
    expect(typed().length).toBe(under.length + 1);
  });

  it('drops what is typed while there is no connection', () => {
    const cut = new Stream('lab', 't', { write: () => {}, clear: () => {} }, () => false);
    cut.type(bytes('rm -r *\n'));
    cut.see();
    expect(said).toEqual([]);
  });
});
