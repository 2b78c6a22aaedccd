/** New lab, and a lab from a file; `wide` for who has none yet, with the lessons as a third way. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ChangeEvent } from 'react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useMatch, useNavigate } from 'react-router';
import { parseYaml } from '@/api/documents';
import type { ApiError } from '@/api/http';
import { createLab } from '@/api/labs';
import { Icon } from '@/icons/Icon';
import { ErrorText } from './ErrorText';

export function MakeButtons({ wide = false }: { wide?: boolean }) {
  const { t } = useTranslation('pages');
  const navigate = useNavigate();
  const client = useQueryClient();
  const atLessons = useMatch('/lessons') !== null;
  const input = useRef<HTMLInputElement>(null);
  const make = useMutation<{ id: string }, ApiError, File | null>({
    mutationFn: async (file) => createLab(file ? { document: await parseYaml(await file.text()) } : {}),
    onSuccess: async (lab) => {
      await client.invalidateQueries({ queryKey: ['labs'] });
      await navigate(`/labs/${lab.id}`);
    },
  });
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) make.mutate(file);
    event.target.value = '';
  };
  return (
    <div className={wide ? 'make wide' : 'make'}>
      <button type="button" className="btn primary" disabled={make.isPending} onClick={() => make.mutate(null)}>
        <Icon name="plus" />
        {t('labs.new')}
      </button>
      {wide && !atLessons && (
        <Link className="btn" to="/lessons">
          <Icon name="book" />
          {t('labs.from_lesson')}
        </Link>
      )}
      <button type="button" className="btn" disabled={make.isPending} onClick={() => input.current?.click()}>
        <Icon name="file" />
        {t('labs.open_yaml')}
      </button>
      <input ref={input} type="file" accept=".yaml,.yml,.json" hidden aria-label={t('labs.open_yaml')} onChange={choose} />
      {make.error && <ErrorText error={make.error} />}
    </div>
  );
}
