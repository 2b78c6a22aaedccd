/** What a link that was handed out leads to: the lab in little, and one button that makes a copy of one's own. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { ApiError } from '@/api/http';
import type { HandedOut } from '@/api/sharing';
import { copyHandedOut, getHandedOut } from '@/api/sharing';
import { ErrorText } from '@/components/ErrorText';
import { Picture } from '@/components/Picture';
import { SiteHeader } from '@/components/SiteHeader';
import { Icon } from '@/icons/Icon';

export function CopyPage() {
  const { token = '' } = useParams();
  const lab = useQuery<HandedOut, ApiError>({ queryKey: ['copy', token], queryFn: () => getHandedOut(token), retry: false });
  return (
    <>
      <title>{lab.data ? `${lab.data.name} · Topoweb` : 'Topoweb'}</title>
      <SiteHeader />
      <main className="missing copy">
        {lab.data && <Offer token={token} lab={lab.data} />}
        {lab.error && <Refused error={lab.error} />}
      </main>
    </>
  );
}

function Offer({ token, lab }: { token: string; lab: HandedOut }) {
  const { t } = useTranslation('pages');
  const navigate = useNavigate();
  const copy = useMutation<{ id: string }, ApiError>({
    mutationFn: () => copyHandedOut(token),
    onSuccess: ({ id }) => navigate(`/labs/${id}`),
  });
  return (
    <>
      <p className="dim">{t('copy.from', { owner: lab.owner })}</p>
      <h1>{lab.name}</h1>
      <Picture picture={lab.picture} width={480} height={240} names links="up" label={t('labs.picture', { name: lab.name })} />
      <button type="button" className="btn primary" disabled={copy.isPending} onClick={() => copy.mutate()}>
        <Icon name="copy" />
        {t('sharing.own_copy')}
      </button>
      <p className="dim">{t('copy.hint')}</p>
      {copy.error && <ErrorText error={copy.error} />}
    </>
  );
}

function Refused({ error }: { error: ApiError }) {
  const { t } = useTranslation('pages');
  if (error.status !== 404) return <ErrorText error={error} />;
  return (
    <>
      <h1>{t('copy.missing')}</h1>
      <p className="dim">{t('copy.missing_hint')}</p>
      <Link className="btn primary" to="/">
        {t('header.labs')}
      </Link>
    </>
  );
}
