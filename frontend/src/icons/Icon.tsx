/** The icons, as one sprite that the page holds once: 16 px, drawn with a line of 1.5 px in the colour of the text. */
import { memo } from 'react';

const SHAPES = {
  logo: {
    box: '0 0 20 20',
    body: '<rect x="2" y="2" width="7" height="7" rx="2"/><rect x="11" y="11" width="7" height="7" rx="2"/><path d="M9 5.5h3.5a2 2 0 0 1 2 2V11"/>',
  },
  host: {
    box: '0 0 16 16',
    body: '<rect x="2" y="2.5" width="12" height="4.5" rx="1"/><rect x="2" y="9" width="12" height="4.5" rx="1"/><path d="M4.5 4.75h.01M4.5 11.25h.01M8 4.75h3.5M8 11.25h3.5"/>',
  },
  ns: { box: '0 0 16 16', body: '<path d="M8 1.75 13.5 5v6L8 14.25 2.5 11V5zM2.5 5 8 8.1 13.5 5M8 8.1v6.15"/>' },
  router: { box: '0 0 16 16', body: '<circle cx="8" cy="8" r="6.25"/><path d="M4.75 6.5h6.5L9.5 4.75M11.25 9.5h-6.5L6.5 11.25"/>' },
  bridge: {
    box: '0 0 16 16',
    body: '<rect x="1.75" y="6" width="12.5" height="5" rx="1"/><path d="M4.5 6V3M8 6V3M11.5 6V3M4.5 8.5h.01M7 8.5h.01"/>',
  },
  lan: {
    box: '0 0 16 16',
    body: '<path d="M1.5 8h13M4 8V4M12 8V4M8 8v4"/><circle cx="4" cy="2.75" r="1.25"/><circle cx="12" cy="2.75" r="1.25"/><circle cx="8" cy="13.25" r="1.25"/>',
  },
  note: { box: '0 0 16 16', body: '<path d="M2.5 2.5h11v7l-4 4h-7zM13.5 9.5h-4v4M5 5.75h6M5 8.5h2"/>' },
  pointer: { box: '0 0 16 16', body: '<path d="M3 2.5 13 7.2 8.7 8.7 7.2 13z"/>' },
  link: {
    box: '0 0 16 16',
    body: '<rect x="1.75" y="9.25" width="5" height="5" rx="1.25"/><rect x="9.25" y="1.75" width="5" height="5" rx="1.25"/><path d="m6.5 9.5 3-3"/>',
  },
  play: { box: '0 0 16 16', body: '<path d="M5 3v10l8-5z"/>' },
  stop: { box: '0 0 16 16', body: '<rect x="3.5" y="3.5" width="9" height="9" rx="1.5"/>' },
  undo: { box: '0 0 16 16', body: '<path d="M5.5 2.5 2.5 5.5l3 3M2.5 5.5h7a4 4 0 0 1 0 8H6"/>' },
  redo: { box: '0 0 16 16', body: '<path d="m10.5 2.5 3 3-3 3M13.5 5.5h-7a4 4 0 0 0 0 8H10"/>' },
  check: { box: '0 0 16 16', body: '<path d="m3 8.5 3.25 3.25L13 4.75"/>' },
  x: { box: '0 0 16 16', body: '<path d="m4 4 8 8M12 4l-8 8"/>' },
  plus: { box: '0 0 16 16', body: '<path d="M8 3v10M3 8h10"/>' },
  minus: { box: '0 0 16 16', body: '<path d="M3 8h10"/>' },
  tilde: { box: '0 0 16 16', body: '<path d="M2.5 9.5c1.5-3 3.5-3 5.5-1.5s4 1.5 5.5-1.5"/>' },
  half: { box: '0 0 16 16', body: '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>' },
  ring: { box: '0 0 16 16', body: '<circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.1"/>' },
  dot: { box: '0 0 16 16', body: '<circle cx="8" cy="8" r="4" fill="currentColor"/>' },
  tri: { box: '0 0 16 16', body: '<path d="M8 4 12.5 12h-9z" fill="currentColor"/>' },
  drift: { box: '0 0 16 16', body: '<path d="M3 6h10M3 10h10M10 3 6 13"/>' },
  fit: { box: '0 0 16 16', body: '<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>' },
  arrange: {
    box: '0 0 16 16',
    body: '<rect x="5.5" y="1.75" width="5" height="4" rx="1"/><rect x="1.75" y="10.25" width="5" height="4" rx="1"/><rect x="9.25" y="10.25" width="5" height="4" rx="1"/><path d="M8 5.75V8M4.25 10.25V8h7.5v2.25"/>',
  },
  projector: { box: '0 0 16 16', body: '<path d="M1.75 2.5h12.5v8H1.75zM8 10.5v2M5 14l3-1.5 3 1.5"/>' },
  term: { box: '0 0 16 16', body: '<path d="m2.5 4.5 3.5 3.5-3.5 3.5M8.5 12h5"/>' },
  split: { box: '0 0 16 16', body: '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.5"/><path d="M8 2.75v10.5"/>' },
  replay: { box: '0 0 16 16', body: '<path d="M3 3v3.5h3.5M3.3 6.5a5.25 5.25 0 1 1-.4 3"/>' },
  copy: { box: '0 0 16 16', body: '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M3 10.5h-.5v-8h8V3"/>' },
  theme: { box: '0 0 16 16', body: '<circle cx="8" cy="8" r="5.75"/><path d="M8 2.25v11.5a5.75 5.75 0 0 0 0-11.5z" fill="currentColor"/>' },
  file: { box: '0 0 16 16', body: '<path d="M3.5 1.75h6l3 3v9.5h-9zM9.5 1.75v3h3M6 8h4M6 11h4"/>' },
  sliders: {
    box: '0 0 16 16',
    body: '<path d="M2 5h5M11 5h3M2 11h2M8 11h6"/><circle cx="9" cy="5" r="1.75"/><circle cx="6" cy="11" r="1.75"/>',
  },
  list: { box: '0 0 16 16', body: '<path d="M6 4h8M6 8h8M6 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01"/>' },
  cloud: { box: '0 0 16 16', body: '<path d="M4.5 12.5h7a3 3 0 0 0 .4-5.97A4 4 0 0 0 4.2 7.1 2.75 2.75 0 0 0 4.5 12.5z"/>' },
  warn: { box: '0 0 16 16', body: '<path d="M5.2 1.75h5.6l3.45 3.45v5.6l-3.45 3.45H5.2L1.75 10.8V5.2zM8 4.75v4M8 11.25h.01"/>' },
  square: { box: '0 0 16 16', body: '<rect x="4.5" y="4.5" width="7" height="7" rx="1"/>' },
  download: { box: '0 0 16 16', body: '<path d="M8 2.5v8M4.75 7.5 8 10.75l3.25-3.25M2.5 13.5h11"/>' },
  upload: { box: '0 0 16 16', body: '<path d="M8 10.75v-8M4.75 6 8 2.75 11.25 6M2.5 13.5h11"/>' },
  trash: { box: '0 0 16 16', body: '<path d="M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.75 7v4M9.25 7v4"/>' },
  find: { box: '0 0 16 16', body: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3 3"/>' },
  more: { box: '0 0 16 16', body: '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.5"/>' },
  ping: { box: '0 0 16 16', body: '<circle cx="4" cy="8" r="1.75"/><path d="M8 4.5a5 5 0 0 1 0 7M10.75 2.5a8 8 0 0 1 0 11"/>' },
  trace: {
    box: '0 0 16 16',
    body: '<circle cx="3.25" cy="12.75" r="1.5"/><circle cx="8" cy="8" r="1.5"/><circle cx="12.75" cy="3.25" r="1.5"/><path d="m4.3 11.7 2.6-2.6M9.1 6.9l2.6-2.6"/>',
  },
  left: { box: '0 0 16 16', body: '<path d="m9.75 3.5-4.5 4.5 4.5 4.5"/>' },
  right: { box: '0 0 16 16', body: '<path d="m6.25 3.5 4.5 4.5-4.5 4.5"/>' },
  down: { box: '0 0 16 16', body: '<path d="m3.5 6.25 4.5 4.5 4.5-4.5"/>' },
  key: {
    box: '0 0 16 16',
    body: '<rect x="1.5" y="4" width="13" height="8.5" rx="1.5"/><path d="M4 6.75h.01M6.65 6.75h.01M9.3 6.75h.01M12 6.75h.01M5 9.75h6"/>',
  },
  user: {
    box: '0 0 16 16',
    body: '<circle cx="8" cy="5.25" r="2.75"/><path d="M2.75 13.75c0-2.75 2.25-4.25 5.25-4.25s5.25 1.5 5.25 4.25"/>',
  },
  eye: {
    box: '0 0 16 16',
    body: '<path d="M1.5 8C3 5 5.25 3.5 8 3.5S13 5 14.5 8C13 11 10.75 12.5 8 12.5S3 11 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
  },
  edit: { box: '0 0 16 16', body: '<path d="m10.5 3 2.5 2.5-7.5 7.5H3v-2.5zM9 4.5 11.5 7"/>' },
  book: {
    box: '0 0 16 16',
    body: '<path d="M8 3.75C6.5 2.5 4.5 2.5 2.25 2.75v10C4.5 12.5 6.5 12.5 8 13.75c1.5-1.25 3.5-1.25 5.75-1v-10C11.5 2.5 9.5 2.5 8 3.75zM8 3.75v10"/>',
  },
} as const;

export type IconName = keyof typeof SHAPES;

export const Sprite = memo(function Sprite() {
  const symbols = Object.entries(SHAPES).map(([name, { box, body }]) => `<symbol id="i-${name}" viewBox="${box}">${body}</symbol>`);
  // Constant markup from the table above, nothing of a user's.
  // biome-ignore lint/security/noDangerouslySetInnerHtml: see the line above
  return <svg className="sprite" aria-hidden="true" dangerouslySetInnerHTML={{ __html: symbols.join('') }} />;
});

export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg className={`i ${className}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** The same inside a drawing. */
export function IconAt({ name, x, y, size, className = '' }: { name: IconName; x: number; y: number; size: number; className?: string }) {
  return <use href={`#i-${name}`} className={`i ${className}`} x={x} y={y} width={size} height={size} />;
}
