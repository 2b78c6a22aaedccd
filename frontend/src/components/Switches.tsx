/** Language and theme: chosen once, kept in the browser. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setLanguage } from '@/i18n';
import { Icon } from '@/icons/Icon';

export function LanguageSwitch() {
  const { i18n } = useTranslation();
  const chinese = i18n.language === 'zh';
  return (
    <button type="button" className="btn ghost" lang={chinese ? 'en' : 'zh-Hans'} onClick={() => void setLanguage(chinese ? 'en' : 'zh')}>
      {chinese ? 'English' : '中文'}
    </button>
  );
}

/** Read by static/js/theme.js, before the page is painted. */
const STORED = 'topoweb.theme';
type Theme = 'light' | 'dark';

function systemTheme(): Theme {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function ThemeSwitch() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState<Theme>(() => (document.documentElement.dataset.theme as Theme | undefined) ?? systemTheme());
  const change = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    localStorage.setItem(STORED, next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      className="btn icon ghost"
      aria-label={t('theme')}
      aria-pressed={theme === 'dark'}
      title={t('theme')}
      onClick={change}
    >
      <Icon name="theme" />
    </button>
  );
}
