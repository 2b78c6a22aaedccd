/** Who may what in the lab: the owner shares, hands over, and makes the link by which others copy; members see it, and may leave. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Dialog } from 'radix-ui';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/http';
import * as api from '@/api/sharing';
import { Confirm } from '@/components/Confirm';
import { CopyButton } from '@/components/CopyButton';
import { ErrorText } from '@/components/ErrorText';
import { Icon } from '@/icons/Icon';
import { useAccess } from '@/store/access';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';

const ROLES = ['viewer', 'editor'] as const satisfies readonly api.MemberRole[];

export function ShareButton() {
  const { t } = useTranslation('pages');
  const owns = useAccess((access) => access.role === 'owner');
  const words = t(owns ? 'sharing.share' : 'sharing.who_may');
  return (
    <>
      <button type="button" className="btn ghost" title={words} aria-label={words} onClick={() => useView.getState().setDialog('share')}>
        <Icon name="user" />
        <span className="wide">{t(owns ? 'sharing.share' : 'sharing.members')}</span>
      </button>
      <ShareDialog />
    </>
  );
}

type Change = () => Promise<api.Sharing>;

function ShareDialog() {
  const { t } = useTranslation('pages');
  const { t: common } = useTranslation();
  const open = useView((view) => view.dialog === 'share');
  const id = useLab((lab) => lab.id) ?? '';
  const name = useLab((lab) => lab.doc.name);
  const role = useAccess((access) => access.role);
  const client = useQueryClient();
  const key = ['sharing', id, role];
  const sharing = useQuery<api.Sharing, ApiError>({ queryKey: key, queryFn: () => api.getSharing(id), enabled: open && id !== '' });
  const change = useMutation<api.Sharing, ApiError, Change>({
    mutationFn: (act) => act(),
    onSuccess: (now) => client.setQueryData(key, now),
  });
  const owns = role === 'owner';
  const error = change.error ?? sharing.error;
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useView.getState().setDialog(next ? 'share' : null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog share" aria-describedby={undefined}>
          <header>
            <Dialog.Title>{t(owns ? 'sharing.title' : 'sharing.title_only', { name })}</Dialog.Title>
            <Dialog.Close className="mini" aria-label={common('close')}>
              <Icon name="x" />
            </Dialog.Close>
          </header>
          {owns && <AddForm share={(user, as) => change.mutateAsync(() => api.share(id, user, as))} busy={change.isPending} />}
          {error && <ErrorText error={error} />}
          {sharing.data && (
            <ul aria-label={t('sharing.members')}>
              {sharing.data.members.map((member) => (
                <MemberLine key={member.user} id={id} member={member} owns={owns} change={change.mutate} />
              ))}
            </ul>
          )}
          {owns && sharing.data && <CopyLink id={id} token={sharing.data.link} change={change.mutate} />}
          {(role === 'viewer' || role === 'editor') && <Leave id={id} name={name} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function AddForm({ share, busy }: { share: (user: string, role: api.MemberRole) => Promise<unknown>; busy: boolean }) {
  const { t } = useTranslation('pages');
  const [user, setUser] = useState('');
  const [role, setRole] = useState<api.MemberRole>('viewer');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // What is refused is shown by who holds the mutation.
    share(user.trim(), role).then(
      () => setUser(''),
      () => undefined,
    );
  };
  return (
    <form onSubmit={submit}>
      <input
        value={user}
        onChange={(event) => setUser(event.target.value)}
        placeholder={t('sharing.user')}
        aria-label={t('sharing.user')}
        maxLength={150}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <RoleChoice label={t('sharing.role')} value={role} onChange={setRole} />
      <button type="submit" className="btn primary" disabled={busy || user.trim() === ''}>
        {t('sharing.add')}
      </button>
    </form>
  );
}

function RoleChoice({ label, value, onChange }: { label: string; value: api.MemberRole; onChange: (role: api.MemberRole) => void }) {
  const { t } = useTranslation('pages');
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as api.MemberRole)}>
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`sharing.roles.${role}`)}
        </option>
      ))}
    </select>
  );
}

interface MemberProps {
  id: string;
  member: api.Member;
  owns: boolean;
  change: (act: Change) => void;
}

function MemberLine({ id, member, owns, change }: MemberProps) {
  const { t } = useTranslation('pages');
  const [handing, setHanding] = useState(false);
  const { user, role } = member;
  const name = member.name ? `${member.name} (${user})` : user;
  const you = user === document.body.dataset.user;
  return (
    <li>
      <span className="name">{you ? t('sharing.you', { name }) : name}</span>
      {owns && role !== 'owner' ? (
        <>
          <RoleChoice
            label={t('sharing.role_of', { name: user })}
            value={role}
            onChange={(next) => change(() => api.share(id, user, next))}
          />
          <button
            type="button"
            className="btn small ghost"
            aria-label={t('sharing.transfer_to', { name: user })}
            onClick={() => setHanding(true)}
          >
            {t('sharing.transfer')}
          </button>
          <button
            type="button"
            className="mini"
            aria-label={t('sharing.remove', { name: user })}
            title={t('sharing.remove', { name: user })}
            onClick={() => change(() => api.removeMember(id, user))}
          >
            <Icon name="x" />
          </button>
          <Confirm
            open={handing}
            close={() => setHanding(false)}
            title={t('sharing.transfer_title', { name })}
            hint={t('sharing.transfer_hint', { name })}
            keep={t('sharing.transfer_keep')}
            act={t('sharing.transfer')}
            onAct={() => change(() => api.transfer(id, user))}
          />
        </>
      ) : (
        <span className="dim">{t(`sharing.roles.${role}`)}</span>
      )}
    </li>
  );
}

function CopyLink({ id, token, change }: { id: string; token: string | null; change: (act: Change) => void }) {
  const { t } = useTranslation('pages');
  const link = `${location.origin}/copy/${token}`;
  return (
    <section>
      <h3>{t('sharing.link')}</h3>
      <p className="dim">{t('sharing.link_hint')}</p>
      {token !== null && (
        <input className="mono" readOnly value={link} aria-label={t('sharing.link')} onFocus={(event) => event.currentTarget.select()} />
      )}
      <div className="acts">
        {token !== null && <CopyButton text={link} />}
        <button type="button" className="btn small" onClick={() => change(() => api.makeLink(id))}>
          {t(token === null ? 'sharing.make_link' : 'sharing.new_link')}
        </button>
        {token !== null && (
          <button type="button" className="btn small" onClick={() => change(() => api.revokeLink(id))}>
            {t('sharing.revoke_link')}
          </button>
        )}
      </div>
    </section>
  );
}

function Leave({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation('pages');
  const navigate = useNavigate();
  const owner = useAccess((access) => access.owner);
  const [going, setGoing] = useState(false);
  const leave = useMutation<void, ApiError>({ mutationFn: () => api.leave(id), onSuccess: () => navigate('/') });
  return (
    <>
      {leave.error && <ErrorText error={leave.error} />}
      <div className="acts">
        <button type="button" className="btn small danger" onClick={() => setGoing(true)}>
          {t('sharing.leave')}
        </button>
      </div>
      <Confirm
        open={going}
        close={() => setGoing(false)}
        title={t('sharing.leave_title', { name })}
        hint={t('sharing.leave_hint', { owner })}
        keep={t('sharing.leave_keep')}
        act={t('sharing.leave')}
        onAct={() => leave.mutate()}
      />
    </>
  );
}
