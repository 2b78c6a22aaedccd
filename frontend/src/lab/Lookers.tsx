/** Who looks at the lab, as initials; and for who may look only, that it is so, with the way to a copy of one's own. */
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/http';
import { duplicateLab } from '@/api/labs';
import type { Person } from '@/generated/messages';
import { Icon } from '@/icons/Icon';
import { useAccess } from '@/store/access';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { report } from './actions';

/** Of each, at most so many are shown; the others are counted. */
const SHOWN = 5;
const COLORS = 3;

const nameOf = (person: Person): string => person.name || person.user;

/** `Fay Friend` is FF, `mei` is ME, 王伟 is 王伟. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const signs = words.length > 1 ? words.map((word) => [...word][0]) : [...(words[0] ?? '')];
  return signs.slice(0, 2).join('').toUpperCase();
}

/** The same person has the same colour on every page. */
const colorOf = (user: string): number => ([...user].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % COLORS) + 1;

export function Lookers() {
  const { t } = useTranslation('pages');
  const { named = [], count = 0 } = useAccess((access) => access.people);
  const others = named.filter((person) => person.user !== document.body.dataset.user);
  if (others.length === 0) return null;
  const rest = count - named.length;
  const tip = [
    t('sharing.looking', { count }),
    ...named.map((person) => (person.name ? `${person.name} (${person.user})` : person.user)),
    ...(rest > 0 ? [t('sharing.and_more', { count: rest })] : []),
  ].join('\n');
  const hidden = count - 1 - Math.min(others.length, SHOWN);
  return (
    <button
      type="button"
      className="who lookers"
      title={tip}
      aria-label={tip.replaceAll('\n', ', ')}
      onClick={() => useView.getState().setDialog('share')}
    >
      {others.slice(0, SHOWN).map((person) => (
        <span key={person.user} className={`p${colorOf(person.user)}`} aria-hidden="true">
          {initials(nameOf(person))}
        </span>
      ))}
      {hidden > 0 && (
        <span className="more" aria-hidden="true">
          +{hidden}
        </span>
      )}
    </button>
  );
}

export function ViewOnly() {
  const { t } = useTranslation('pages');
  const navigate = useNavigate();
  const owner = useAccess((access) => access.owner);
  const copy = useMutation<{ id: string }, ApiError>({
    mutationFn: () => duplicateLab(useLab.getState().id as string),
    onSuccess: (lab) => navigate(`/labs/${lab.id}`),
    onError: report,
  });
  return (
    <>
      <span className="state idle" title={t('sharing.view_only_tip', { owner })}>
        <Icon name="eye" />
        {t('sharing.view_only')}
      </span>
      <button type="button" className="btn" disabled={copy.isPending} onClick={() => copy.mutate()}>
        <Icon name="copy" />
        {t('sharing.own_copy')}
      </button>
    </>
  );
}
