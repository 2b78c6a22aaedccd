/** Why Run and Apply are grey: the problems of the drawing. A press goes to the first, the next press to the next. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { everyProblem, useSync } from '@/store/sync';
import { showProblem } from './showProblem';

/** What Run and Apply are described by. */
export const PROBLEMS_ID = 'drawing-problems';

export function ProblemsButton() {
  const { t } = useTranslation();
  const say = useWords();
  const problems = useSync(useShallow(everyProblem));
  const [turn, setTurn] = useState(0);
  const next = problems[turn % problems.length];
  if (!next) return null;
  return (
    <button
      id={PROBLEMS_ID}
      type="button"
      className="state down problems-button"
      aria-label={t('runProblems', { count: problems.length })}
      title={say(next).replaceAll('`', '')}
      onClick={() => {
        setTurn(turn + 1);
        showProblem(next);
      }}
    >
      <Icon name="warn" />
      {t('problems', { count: problems.length })}
    </button>
  );
}
