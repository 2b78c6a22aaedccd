/** English comes with the page, other languages when they are chosen. Keys are typed by the English files. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Django's own cookie: the pages that it renders speak the same language. */
const COOKIE = 'django_language';
const YEAR_SECONDS = 31_536_000;

function preferredLanguage(): Language {
  const stored = document.cookie.match(/(?:^|; )django_language=([a-z]+)/)?.[1];
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
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing where the page comes by plain HTTP
  document.cookie = `${COOKIE}=${language === 'zh' ? 'zh-hans' : 'en'}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
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
