/** Times and rates as the canvas shows them: three digits, a unit. */

export function rtt(milliseconds: number | null | undefined): string {
  if (milliseconds == null) return '';
  return `${milliseconds < 10 ? Math.max(milliseconds, 0.01).toFixed(2) : milliseconds < 100 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

const UNITS = ['b/s', 'kb/s', 'Mb/s', 'Gb/s', 'Tb/s'];

export function rate(bitsPerSecond: number): string {
  let value = bitsPerSecond;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
