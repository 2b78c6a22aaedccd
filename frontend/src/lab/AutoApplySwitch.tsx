/** "Apply as I edit", kept in the browser for each lab. */
import { useTranslation } from 'react-i18next';
import { useLooksOnly } from '@/store/access';
import { setAutoApply, useAutoApply, useAutoApplyPaused } from './autoApply';

export function AutoApplySwitch() {
  const { t } = useTranslation('drift');
  const on = useAutoApply((store) => store.on);
  const looksOnly = useLooksOnly();
  const paused = useAutoApplyPaused();
  if (looksOnly) return null;
  return (
    <label className={paused ? 'auto paused' : 'auto'} title={t(paused ? 'autoPausedWhy' : 'autoOn')}>
      <input type="checkbox" checked={on} onChange={(event) => setAutoApply(event.currentTarget.checked)} />
      {t('auto')}
      {paused && <b role="status">{t('autoPaused')}</b>}
    </label>
  );
}
