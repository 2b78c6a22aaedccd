/** Words of a lesson: paragraphs apart by an empty line, `code` in backticks, lists whose entries begin with a number and a full stop. */
import type { ReactNode } from 'react';

export function Prose({ text }: { text: string }) {
  return text
    .split(/\n\s*\n/)
    .map((block) => (/^\d+\. /.test(block.trim()) ? <List key={block} block={block} /> : <p key={block}>{inline(block)}</p>));
}

function List({ block }: { block: string }) {
  const entries = block
    .trim()
    .split(/\n?\d+\. /)
    .filter(Boolean);
  return (
    <ol>
      {entries.map((entry) => (
        <li key={entry}>{inline(entry)}</li>
      ))}
    </ol>
  );
}

/** One line of what the server says: `code` in backticks is code. */
export function Inline({ text }: { text: string }) {
  return <>{inline(text)}</>;
}

/** Line ends within a paragraph are spaces, but between Chinese signs they are nothing. */
function inline(text: string): ReactNode[] {
  const joined = text
    .trim()
    .replaceAll(/(?<=[\u3000-\u9fff\uff00-\uffef])\n\s*(?=[\u3000-\u9fff\uff00-\uffef])/g, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  return joined.split(/(`[^`]*`)/).map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text stand where they stand
    part.startsWith('`') ? <code key={index}>{part.slice(1, -1)}</code> : part,
  );
}
