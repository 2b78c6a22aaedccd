/** The head of the pages around the labs: where one is, language, theme, who one is. */
import { useQuery } from '@tanstack/react-query';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { getMe } from '@/api/me';
import { signOut } from '@/api/session';
import { Icon } from '@/icons/Icon';
import { LanguageSwitch, ThemeSwitch } from './Switches';

export function SiteHeader({ children }: { children?: ReactNode }) {
  const { t } = useTranslation('pages');
  return (
    <header className="topbar">
      <NavLink className="brand" to="/">
        <Icon name="logo" />
        Topoweb
      </NavLink>
      <nav className="nav" aria-label={t('header.pages')}>
        <NavLink to="/" end>
          {t('header.labs')}
        </NavLink>
        <NavLink to="/lessons">{t('header.lessons')}</NavLink>
      </nav>
      <span className="grow" />
      {children}
      <LanguageSwitch />
      <ThemeSwitch />
      <AccountMenu />
    </header>
  );
}

function AccountMenu() {
  const { t } = useTranslation('pages');
  const { data: me } = useQuery({ queryKey: ['me'], queryFn: getMe, staleTime: Number.POSITIVE_INFINITY });
  if (!me) return null;
  const { name, staff, has_password } = me.user;
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="who" aria-label={t('header.account', { name })}>
        <span className="p3" aria-hidden="true">
          {[...name].slice(0, 2).join('').toUpperCase()}
        </span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.Label className="menu-label">{name}</DropdownMenu.Label>
          {staff && (
            <DropdownMenu.Item asChild>
              <a href="/admin/">{t('header.admin')}</a>
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Item asChild>
            <a href="/accounts/password/change/">{t(has_password ? 'header.password' : 'header.set_password')}</a>
          </DropdownMenu.Item>
          <DropdownMenu.Separator />
          <DropdownMenu.Item onSelect={() => void signOut()}>{t('header.sign_out')}</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
