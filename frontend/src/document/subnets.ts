/** For show alone: names, addresses and problems are computed in Python. */

/** `10.0.2.0/24` of `10.0.2.15/24`; null of anything but IPv4. */
export function subnetOf(address: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(address);
  if (!match) return null;
  const bytes = match.slice(1, 5).map(Number);
  const prefix = Number(match[5]);
  if (prefix > 32 || bytes.some((byte) => byte > 255)) return null;
  const masked = bytes.map((byte, index) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefix - 8 * index)))) & 0xff);
  return `${masked.join('.')}/${prefix}`;
}
