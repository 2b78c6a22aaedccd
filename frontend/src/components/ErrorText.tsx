/** What the server refused, with every problem of a document on a line of its own. */
import type { ApiError } from '@/api/http';
import { useWords } from '@/components/words';

export function ErrorText({ error }: { error: ApiError }) {
  const say = useWords();
  return (
    <div className="error-text" role="alert">
      <p>{say(error)}</p>
      {error.problems.length > 0 && (
        <ul>
          {error.problems.slice(0, 20).map((problem) => (
            <li key={`${problem.path} ${problem.code}`}>
              {problem.path && <code>{problem.path}</code>} {say(problem)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
