/** What a text finds among things to do and nodes, as a pure function. */
export interface Entry {
  label: string;
  /** Another name, found as well. */
  more?: string | undefined;
  /** Only where it is asked for. */
  hidden?: boolean;
}

const SHOWN = 50;

/** Those that have all words of the text; first where the label begins with it, then where one of its words or names does. */
export function matching<E extends Entry>(entries: readonly E[], text: string): E[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return entries.filter((entry) => !entry.hidden).slice(0, SHOWN);
  const words = wanted.split(/\s+/);
  const ranked = entries.flatMap((entry) => {
    const own = `${entry.label} ${entry.more ?? ''}`.toLowerCase();
    if (!words.every((word) => own.includes(word))) return [];
    const rank = own.startsWith(wanted) ? 0 : own.split(/[\s/]+/).some((part) => part.startsWith(wanted)) ? 1 : 2;
    return [{ entry, rank: rank + (entry.hidden ? 0.5 : 0) }];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry)
    .slice(0, SHOWN);
}
