import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { SiteHeader } from '@/components/SiteHeader';

export function Missing() {
  const { t } = useTranslation();
  return (
    <>
      <SiteHeader />
      <main className="missing">
        <h1>{t('missing.title')}</h1>
        <p className="dim">{t('missing.text')}</p>
        <Link className="btn primary" to="/">
          {t('missing.back')}
        </Link>
      </main>
    </>
  );
}
