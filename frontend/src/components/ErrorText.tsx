/** What the server refused, with every problem of a document on a line of its own. */
import type { ApiError } from '@/api/http';
import { useWords } from '@/components/words';
import { Inline } from './Prose';

export function ErrorText({ error }: { error: ApiError }) {
  const say = useWords();
  // A text that is no document at all is one problem, and is said already.
  const problems = error.problems.filter((problem) => problem.code !== error.code);
  return (
    <div className="error-text" role="alert">
      <p>
        <Inline text={say(error)} />
      </p>
      {problems.length > 0 && (
        <ul>
          {problems.slice(0, 20).map((problem) => (
            <li key={`${problem.path} ${problem.message}`}>
              {problem.path && <code>{problem.path}</code>} <Inline text={say(problem)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
