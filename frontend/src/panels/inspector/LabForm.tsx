/** The lab itself: its description, and every problem of its drawing with the way to it. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { ServerProblem } from '@/api/http';
import { useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { itemAt } from '@/store/troubles';
import { useView } from '@/store/view';
import { AreaField } from './fields';

export function LabForm() {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  return (
    <>
      <header className="head">
        <div>
          <h2>{doc.name}</h2>
          <p className="dim">
            {t('size', { nodes: t('nodes', { count: doc.nodes.length }), links: t('links', { count: doc.links.length }) })}
          </p>
        </div>
      </header>
      <ProblemList />
      <form className="form stacked" onSubmit={(event) => event.preventDefault()}>
        <AreaField
          label={t('field.description')}
          path="description"
          value={doc.description ?? ''}
          change={(text, gesture) =>
            useLab.getState().edit((draft) => {
              draft.description = text;
            }, gesture)
          }
        />
      </form>
      <p className="dim small tip">{t('inspectorTip')}</p>
    </>
  );
}

function ProblemList() {
  const { t } = useTranslation();
  const say = useWords();
  const problems = useSync(useShallow((sync) => [...sync.errors, ...sync.problems]));
  if (problems.length === 0) return null;
  return (
    <section className="alert down problem-list">
      <Icon name="warn" />
      <div>
        <h3>{t('problems', { count: problems.length })}</h3>
        <ul>
          {problems.map((problem) => (
            <ProblemLine key={`${problem.path} ${problem.code}`} problem={problem} words={say(problem)} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function ProblemLine({ problem, words }: { problem: ServerProblem; words: string }) {
  const item = itemAt(useLab.getState().doc, problem.path);
  if (item === null) return <li>{words}</li>;
  const { select, point } = useView.getState();
  return (
    <li>
      <button
        type="button"
        className="plain"
        onClick={() => select([item])}
        onPointerEnter={() => point([item])}
        onPointerLeave={() => point([])}
      >
        <b>{item.startsWith('link:') ? '' : `${item}: `}</b>
        {words}
      </button>
    </li>
  );
}
