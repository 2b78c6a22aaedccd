/** Texts that come in both languages, as lessons do. */
import { useTranslation } from 'react-i18next';

export interface Bilingual {
  en: string;
  zh: string;
}

export function useInLanguage(): (text: Bilingual) => string {
  const { i18n } = useTranslation();
  return (text) => (i18n.language === 'zh' ? text.zh : text.en);
}
