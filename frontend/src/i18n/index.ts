/** English comes with the page, other languages when they are chosen. Keys are typed by the English files. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
const STORED = 'topoweb.language';

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.languages.some((language) => language.startsWith('zh')) && !navigator.language.startsWith('en') ? 'zh' : 'en';
}

async function load(language: Language): Promise<void> {
  if (language !== 'zh' || i18next.hasResourceBundle('zh', 'lab')) return;
  const { zh } = await import('./zh');
  for (const [namespace, texts] of Object.entries(zh)) i18next.addResourceBundle('zh', namespace, texts);
}

export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'lab',
    ns: Object.keys(en),
    resources: { en },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await setLanguage(preferredLanguage());
}
