/** The labs of a user: find, open, make, import, duplicate, delete; those that are shared with one, to leave. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ApiError } from '@/api/http';
import type { LabSummary } from '@/api/labs';
import { deleteLab, duplicateLab, listLabs } from '@/api/labs';
import { leave } from '@/api/sharing';
import { Confirm } from '@/components/Confirm';
import { ErrorText } from '@/components/ErrorText';
import { MakeButtons } from '@/components/MakeButtons';
import { Picture } from '@/components/Picture';
import { SiteHeader } from '@/components/SiteHeader';
import { StateBadge } from '@/components/StateBadge';
import { timeAgo } from '@/i18n/time';
import { Icon } from '@/icons/Icon';

/** The list is asked for again while it is looked at: labs start and stop meanwhile. */
const REFRESH_MS = 5000;

export function LabsPage() {
  const { t } = useTranslation('pages');
  const labs = useQuery({ queryKey: ['labs'], queryFn: listLabs, refetchInterval: REFRESH_MS });
  const [wanted, setWanted] = useState('');
  const all = labs.data ?? [];
  const found = all.filter((lab) => lab.name.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase()));
  return (
    <>
      <title>{t('labs.page_title')}</title>
      <SiteHeader />
      <main className="labs">
        <div className="bar">
          <h1>{t('labs.title')}</h1>
          {all.length > 0 && <span className="count">{all.length}</span>}
          <span className="grow" />
          {all.length > 0 && (
            <>
              <label className="find">
                <Icon name="find" />
                <input
                  type="search"
                  placeholder={t('labs.find')}
                  aria-label={t('labs.find')}
                  value={wanted}
                  onChange={(event) => setWanted(event.target.value)}
                />
              </label>
              <MakeButtons />
            </>
          )}
        </div>
        {labs.error && <ErrorText error={labs.error as ApiError} />}
        {labs.data?.length === 0 && <NoLabs />}
        {found.length > 0 && <LabTable labs={found} />}
        {all.length > 0 && found.length === 0 && <p className="dim nothing">{t('labs.nothing_found', { wanted })}</p>}
      </main>
    </>
  );
}

function NoLabs() {
  const { t } = useTranslation('pages');
  return (
    <section className="no-labs">
      <svg className="pic" viewBox="0 0 256 144" aria-hidden="true">
        <path className="w plan" d="M84 56C132 56 124 96 172 96" />
        <rect className="n" x="12" y="36" width="72" height="40" rx="10" />
        <rect className="n" x="172" y="76" width="72" height="40" rx="10" strokeDasharray="4 4" />
        <text x="48" y="60">
          ns1
        </text>
        <text x="208" y="100">
          ns2
        </text>
      </svg>
      <h2>{t('labs.none')}</h2>
      <p>{t('labs.none_hint')}</p>
      <MakeButtons wide />
    </section>
  );
}

function LabTable({ labs }: { labs: readonly LabSummary[] }) {
  const { t } = useTranslation('pages');
  return (
    <table>
      <thead>
        <tr>
          <th>{t('labs.lab')}</th>
          <th>{t('labs.state')}</th>
          <th>{t('labs.changed')}</th>
          <th>
            <span className="sr">{t('labs.more')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {labs.map((lab) => (
          <LabRow key={lab.id} lab={lab} />
        ))}
      </tbody>
    </table>
  );
}

function LabRow({ lab }: { lab: LabSummary }) {
  const { t, i18n } = useTranslation('pages');
  return (
    <tr>
      <td>
        <div className="lab">
          <Picture
            picture={lab.picture}
            width={112}
            height={64}
            links={lab.state === 'running' ? 'up' : 'off'}
            label={t('labs.picture', { name: lab.name })}
          />
          <div className="what">
            <Link to={`/labs/${lab.id}`}>{lab.name}</Link>
            <p className="dim">
              {t('labs.nodes', { count: lab.nodes })}
              {lab.role !== 'owner' && <SharedBy lab={lab} />}
            </p>
          </div>
        </div>
      </td>
      <td>
        <StateBadge state={lab.state} />
      </td>
      <td>
        <time dateTime={lab.updated} title={new Date(lab.updated).toLocaleString(i18n.language)}>
          {timeAgo(lab.updated, i18n.language)}
        </time>
      </td>
      <td className="end">
        <LabMenu lab={lab} />
      </td>
    </tr>
  );
}

function SharedBy({ lab }: { lab: LabSummary }) {
  const { t } = useTranslation('pages');
  return (
    <span className="shared">
      <Icon name="user" />
      {t('sharing.shared_by', { owner: lab.owner, role: t(`sharing.roles.${lab.role}`) })}
    </span>
  );
}

function LabMenu({ lab }: { lab: LabSummary }) {
  const { t } = useTranslation('pages');
  const client = useQueryClient();
  const [going, setGoing] = useState(false);
  const mine = lab.role === 'owner';
  const refresh = () => client.invalidateQueries({ queryKey: ['labs'] });
  const duplicate = useMutation({ mutationFn: () => duplicateLab(lab.id), onSuccess: refresh });
  const remove = useMutation({ mutationFn: () => (mine ? deleteLab(lab.id) : leave(lab.id)), onSuccess: refresh });
  const error = (duplicate.error ?? remove.error) as ApiError | null;
  return (
    <>
      {error && <ErrorText error={error} />}
      <DropdownMenu.Root>
        <DropdownMenu.Trigger className="btn icon ghost" aria-label={t('labs.more_of', { name: lab.name })}>
          <Icon name="more" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item onSelect={() => duplicate.mutate()}>{t('labs.duplicate')}</DropdownMenu.Item>
            <DropdownMenu.Item asChild>
              <a href={`/api/labs/${lab.id}/document.yaml`} download>
                {t('labs.download')}
              </a>
            </DropdownMenu.Item>
            <DropdownMenu.Separator />
            <DropdownMenu.Item className="danger" onSelect={() => setGoing(true)}>
              {t(mine ? 'labs.delete' : 'sharing.leave')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {mine ? (
        <Confirm
          open={going}
          close={() => setGoing(false)}
          title={t('labs.delete_title', { name: lab.name })}
          hint={t(lab.state === 'stopped' ? 'labs.delete_hint' : 'labs.delete_running_hint')}
          keep={t('labs.keep')}
          act={t('labs.delete')}
          onAct={() => remove.mutate()}
        />
      ) : (
        <Confirm
          open={going}
          close={() => setGoing(false)}
          title={t('sharing.leave_title', { name: lab.name })}
          hint={t('sharing.leave_hint', { owner: lab.owner })}
          keep={t('sharing.leave_keep')}
          act={t('sharing.leave')}
          onAct={() => remove.mutate()}
        />
      )}
    </>
  );
}
