/** How much was done by hand; opens where it is listed. */
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { useView } from '@/store/view';
import { useDrift } from './drift';

export function DriftChip() {
  const { t } = useTranslation('drift');
  const { open, strangers } = useDrift();
  const count = open.length + strangers.length;
  if (count === 0) return null;
  return (
    <button type="button" className="btn ghost state drifted" title={t('title')} onClick={() => useView.getState().setTab('plan')}>
      <Icon name="drift" />
      {t('chip', { count })}
    </button>
  );
}
