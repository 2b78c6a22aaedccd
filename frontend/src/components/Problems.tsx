/** The errors and problems at one place of the document, in words. */
import { useShallow } from 'zustand/shallow';
import { placesOf, type ServerProblem } from '@/api/http';
import { useWords } from '@/components/words';
import { useSync } from '@/store/sync';
import { Inline } from './Prose';

/** Those of a path and of all below it: `checks[0]` has `checks[0].ping` too. */
export function useProblemsAt(path: string): readonly ServerProblem[] {
  return useSync(
    useShallow((sync) => [...sync.errors, ...sync.problems].filter((problem) => placesOf(problem).some((place) => isAt(place, path)))),
  );
}

export function isAt(place: string, path: string): boolean {
  return place === path || (place.startsWith(path) && '.['.includes(place[path.length] ?? ''));
}

/** With `exact`, only what is wrong with the thing as a whole, not with its parts. */
export function Problems({ path, exact = false }: { path: string; exact?: boolean }) {
  const say = useWords();
  const all = useProblemsAt(path);
  const problems = exact ? all.filter((problem) => placesOf(problem).includes(path)) : all;
  if (problems.length === 0) return null;
  return (
    <ul className="problems">
      {problems.map((problem) => (
        <li key={`${problem.path} ${problem.message}`}>
          <Inline text={say(problem)} />
        </li>
      ))}
    </ul>
  );
}
