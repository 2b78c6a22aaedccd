/** The errors and problems at one place of the document, in words. */
import { useShallow } from 'zustand/shallow';
import type { ServerProblem } from '@/api/http';
import { useWords } from '@/components/words';
import { useSync } from '@/store/sync';

/** Those of a path and of all below it: `checks[0]` has `checks[0].ping` too. */
export function useProblemsAt(path: string): readonly ServerProblem[] {
  return useSync(useShallow((sync) => [...sync.errors, ...sync.problems].filter((problem) => isAt(problem.path, path))));
}

function isAt(problem: string, path: string): boolean {
  return problem === path || (problem.startsWith(path) && '.['.includes(problem[path.length] ?? ''));
}

/** With `exact`, only what is wrong with the thing as a whole, not with its parts. */
export function Problems({ path, exact = false }: { path: string; exact?: boolean }) {
  const say = useWords();
  const all = useProblemsAt(path);
  const problems = exact ? all.filter((problem) => problem.path === path) : all;
  if (problems.length === 0) return null;
  return (
    <ul className="problems">
      {problems.map((problem) => (
        <li key={`${problem.path} ${problem.code}`}>{say(problem)}</li>
      ))}
    </ul>
  );
}
