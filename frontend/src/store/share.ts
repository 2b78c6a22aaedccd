/** `next` with every part that equals `previous` taken from it, so that what did not change is not drawn again. */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) {
    const parts = next.map((value, index) => share(previous[index], value));
    return (parts.length === previous.length && parts.every((value, index) => value === previous[index]) ? previous : parts) as T;
  }
  if (isRecord(previous) && isRecord(next)) {
    const keys = Object.keys(next);
    const parts = Object.fromEntries(keys.map((key) => [key, share(previous[key], next[key])]));
    const same = keys.length === Object.keys(previous).length && keys.every((key) => key in previous && parts[key] === previous[key]);
    return (same ? previous : parts) as T;
  }
  return next;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
