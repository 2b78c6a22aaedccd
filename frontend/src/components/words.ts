/** What the server says, in the page's language: by code and params where there are words for them, else its own English. */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunError } from '@/generated/messages';

export interface Said {
  code: string;
  params?: Record<string, string>;
  message: string;
}

/** The page's own, in every language: `page_offline` is `lab:words.offline`. */
type Own = 'offline' | 'conflict' | 'errors';

export function useWords(): (said: Said) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ code, params, message }: Said) => {
      if (code.startsWith('page_')) return t(`words.${code.slice(5) as Own}`);
      const words = i18n.getResource(i18n.language, 'words', code) as string | undefined;
      return words === undefined ? message : i18n.services.interpolator.interpolate(words, params ?? {}, i18n.language, {});
    },
    [t, i18n],
  );
}

/** What to do about a failed run: by operation and errno, or by remedy, where there are words for them, else the server's English. */
export function useHint(): (error: RunError) => string | null {
  const { i18n } = useTranslation();
  return useCallback(
    (error: RunError) => {
      const codes = [`${error.op}_${error.errno}`, `any_${error.errno}`, `${error.code}_${error.params?.remedy}`, `${error.code}_hint`];
      const words = codes.map((code) => i18n.getResource(i18n.language, 'words', code) as string | undefined);
      return words.find((text) => text !== undefined) ?? error.hint ?? null;
    },
    [i18n],
  );
}
