/** What is in the way, one by one. */
import { Inline } from './Prose';
import { type Said, useWords } from './words';

export function Reasons({ reasons }: { reasons: readonly Said[] | undefined }) {
  const words = useWords();
  if (!reasons?.length) return null;
  return (
    <ul>
      {reasons.map((one) => (
        <li key={one.message}>
          <Inline text={words(one)} />
        </li>
      ))}
    </ul>
  );
}
