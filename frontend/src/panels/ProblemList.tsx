/** Every problem of the drawing, with the way to it. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { ServerProblem } from '@/api/http';
import { Inline } from '@/components/Prose';
import { useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { showProblem } from '@/lab/showProblem';
import { useLab } from '@/store/lab';
import { everyProblem, useSync } from '@/store/sync';
import { itemsAt } from '@/store/troubles';
import { useView } from '@/store/view';

export function ProblemList() {
  const { t } = useTranslation();
  const problems = useSync(useShallow(everyProblem));
  if (problems.length === 0) return null;
  return (
    <section className="alert down problem-list">
      <Icon name="warn" />
      <div>
        <h3>{t('problems', { count: problems.length })}</h3>
        <ul>
          {problems.map((problem) => (
            <ProblemLine key={`${problem.path} ${problem.message}`} problem={problem} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function ProblemLine({ problem }: { problem: ServerProblem }) {
  const say = useWords();
  const items = itemsAt(useLab.getState().doc, problem);
  const nodes = [...new Set(items.filter((item) => !item.includes(':')))].toSorted();
  const { point } = useView.getState();
  return (
    <li>
      <button
        type="button"
        className="plain"
        onClick={() => showProblem(problem)}
        onPointerEnter={() => point(items)}
        onPointerLeave={() => point([])}
      >
        <b>{nodes.length > 0 && `${nodes.join(', ')}: `}</b>
        <Inline text={say(problem)} />
      </button>
    </li>
  );
}
