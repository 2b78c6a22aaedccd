/** The gallery: a card for each lesson; one click makes a lab of one's own from it. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/http';
import type { Lesson } from '@/api/lessons';
import { listLessons, startLesson } from '@/api/lessons';
import { ErrorText } from '@/components/ErrorText';
import { MakeButtons } from '@/components/MakeButtons';
import { Picture } from '@/components/Picture';
import { SiteHeader } from '@/components/SiteHeader';
import { useInLanguage } from '@/i18n/bilingual';

export function LessonsPage() {
  const { t } = useTranslation('pages');
  const lessons = useQuery({ queryKey: ['lessons'], queryFn: listLessons, staleTime: Number.POSITIVE_INFINITY });
  return (
    <>
      <title>{t('lessons.page_title')}</title>
      <SiteHeader />
      <main className="lessons">
        <div className="intro">
          <h1>{t('lessons.title')}</h1>
          <p className="dim">{t('lessons.intro')}</p>
        </div>
        {lessons.error && <ErrorText error={lessons.error as ApiError} />}
        <div className="cards">
          {lessons.data?.map((lesson) => (
            <LessonCard key={lesson.slug} lesson={lesson} />
          ))}
          {lessons.data && (
            <section className="card own">
              <div className="body">
                <h2>{t('lessons.own')}</h2>
                <p className="dim">{t('lessons.own_hint')}</p>
                <MakeButtons wide />
              </div>
            </section>
          )}
        </div>
      </main>
    </>
  );
}

function LessonCard({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation('pages');
  const say = useInLanguage();
  const navigate = useNavigate();
  const start = useMutation<{ id: string }, ApiError>({
    mutationFn: () => startLesson(lesson.slug),
    onSuccess: (lab) => navigate(`/labs/${lab.id}`),
  });
  const title = say(lesson.title);
  return (
    <button
      type="button"
      className="card"
      aria-label={t('lessons.start', { name: title })}
      disabled={start.isPending}
      onClick={() => start.mutate()}
    >
      <Picture picture={lesson.picture} width={384} height={160} names links="up" label={title} />
      <div className="body">
        <h2>{title}</h2>
        <p className="learn">{say(lesson.summary)}</p>
        <ol className="steps">
          {lesson.steps.map((step) => (
            <li key={step.title.en}>{say(step.title)}</li>
          ))}
        </ol>
        {start.error && <ErrorText error={start.error} />}
        <p className="foot">
          <span className="grow" />
          <span className="dim">
            {t('lessons.length', {
              steps: t('lessons.steps', { count: lesson.steps.length }),
              minutes: t('lessons.minutes', { count: lesson.minutes }),
            })}
          </span>
        </p>
      </div>
    </button>
  );
}
