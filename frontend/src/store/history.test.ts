import { describe, expect, it } from 'vitest';
import { edit, endGesture, LONGEST, NO_HISTORY, redo, undo } from './history';

interface Drawing {
  names: string[];
}
const EMPTY: Drawing = { names: [] };
const add = (name: string) => (draft: Drawing) => void draft.names.push(name);

describe('undo', () => {
  it('goes back and forth through every edit', () => {
    const one = edit(EMPTY, NO_HISTORY, add('ns1'));
    const two = edit(one.value, one.history, add('ns2'));
    const back = undo(two.value, two.history);
    expect(back.value).toEqual({ names: ['ns1'] });
    const start = undo(back.value, back.history);
    expect(start.value).toEqual(EMPTY);
    const again = redo(start.value, start.history);
    expect(redo(again.value, again.history).value).toEqual(two.value);
  });

  it('does nothing where there is nothing to undo', () => {
    expect(undo(EMPTY, NO_HISTORY)).toEqual({ value: EMPTY, history: NO_HISTORY, changed: false });
  });

  it('takes what one gesture did as one step', () => {
    let typed = edit(EMPTY, NO_HISTORY, add('ns1'));
    for (const name of ['n', 'ns', 'ns7']) {
      typed = edit(
        typed.value,
        typed.history,
        (draft) => {
          draft.names[0] = name;
        },
        'name of the first',
      );
    }
    expect(typed.value).toEqual({ names: ['ns7'] });
    expect(undo(typed.value, typed.history).value).toEqual({ names: ['ns1'] });
  });

  it('begins a new step when the gesture has ended', () => {
    const first = edit(EMPTY, NO_HISTORY, add('a'), 'typing');
    const second = edit(first.value, endGesture(first.history), add('b'), 'typing');
    expect(undo(second.value, second.history).value).toEqual({ names: ['a'] });
  });

  it('forgets what was undone when something else is done', () => {
    const one = edit(EMPTY, NO_HISTORY, add('a'));
    const back = undo(one.value, one.history);
    const other = edit(back.value, back.history, add('b'));
    expect(redo(other.value, other.history).changed).toBe(false);
  });

  it('keeps no entry of an edit that changes nothing', () => {
    expect(edit(EMPTY, NO_HISTORY, () => undefined).history).toBe(NO_HISTORY);
  });

  it('does not grow without end', () => {
    let state = edit(EMPTY, NO_HISTORY, add('0'));
    for (let index = 1; index < LONGEST + 20; index += 1) state = edit(state.value, state.history, add(String(index)));
    expect(state.history.past).toHaveLength(LONGEST);
  });
});
