/** The lesson that the lab was made from, a step at a time: each step has its text and its drawing. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/http';
import type { Lab } from '@/api/labs';
import { goToStep, listLessons } from '@/api/lessons';
import { useShowAll } from '@/canvas/useShowAll';
import { ErrorText } from '@/components/ErrorText';
import { Prose } from '@/components/Prose';
import { useInLanguage } from '@/i18n/bilingual';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { adopt, saveBeforehand, useSync } from '@/store/sync';

export function LessonColumn() {
  const slug = useSync((sync) => sync.lesson);
  return slug ? <Lesson slug={slug} /> : null;
}

function Lesson({ slug }: { slug: string }) {
  const { t } = useTranslation('pages');
  const say = useInLanguage();
  const [open, setOpen] = useState(true);
  const index = useSync((sync) => sync.step);
  const lessons = useQuery({ queryKey: ['lessons'], queryFn: listLessons, staleTime: Number.POSITIVE_INFINITY });
  const go = useMutation<Lab, ApiError, number>({
    mutationFn: async (step) => {
      await saveBeforehand();
      return goToStep(useLab.getState().id as string, step);
    },
    onSuccess: adopt,
  });
  const lesson = lessons.data?.find((one) => one.slug === slug);
  const step = lesson?.steps[index];
  const showAll = useShowAll();
  // The column takes room from the canvas, and each step has a drawing of its own.
  useEffect(() => (step && open ? showAll() : undefined), [step, open, showAll]);
  if (!lesson || !step) return null;
  if (!open) {
    return (
      <button type="button" className="btn lesson-tab" onClick={() => setOpen(true)}>
        <Icon name="book" />
        {t('lesson.open')}
      </button>
    );
  }
  return (
    <aside className="lesson" aria-label={t('lesson.lesson')}>
      <header>
        <span className="dim">{say(lesson.title)}</span>
        <button type="button" className="mini" aria-label={t('lesson.close')} onClick={() => setOpen(false)}>
          <Icon name="x" />
        </button>
      </header>
      <div className="words">
        <h2>{say(step.title)}</h2>
        <Prose text={say(step.text)} />
        {go.error && <ErrorText error={go.error} />}
      </div>
      <footer>
        <button type="button" className="btn small" disabled={index === 0 || go.isPending} onClick={() => go.mutate(index - 1)}>
          <Icon name="left" />
          {t('lesson.back')}
        </button>
        <span className="dim">{t('lesson.step', { step: index + 1, count: lesson.steps.length })}</span>
        <button
          type="button"
          className="btn small primary"
          disabled={index + 1 >= lesson.steps.length || go.isPending}
          onClick={() => go.mutate(index + 1)}
        >
          {t('lesson.next')}
          <Icon name="right" />
        </button>
      </footer>
    </aside>
  );
}
