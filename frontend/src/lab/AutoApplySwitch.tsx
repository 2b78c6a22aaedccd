/** "Apply as I edit", kept in the browser for each lab. */
import { useTranslation } from 'react-i18next';
import { useLooksOnly } from '@/store/access';
import { setAutoApply, useAutoApply } from './autoApply';
import { usePending } from './usePending';

export function AutoApplySwitch() {
  const { t } = useTranslation('drift');
  const on = useAutoApply((store) => store.on);
  const looksOnly = useLooksOnly();
  const paused = usePending().undone > 0 && on;
  if (looksOnly) return null;
  return (
    <label className={paused ? 'auto paused' : 'auto'} title={t(paused ? 'autoPaused' : 'autoOn')}>
      <input type="checkbox" checked={on} onChange={(event) => setAutoApply(event.currentTarget.checked)} />
      {t('auto')}
      {paused && <span role="status">: {t('autoPaused')}</span>}
    </label>
  );
}
