/** What a newcomer does first. */
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { useIsThere, usePending } from '@/lab/usePending';
import { useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';

export function EmptyHint() {
  const { t } = useTranslation();
  const empty = useLab((lab) => lab.id !== null && lab.doc.nodes.length === 0 && lab.doc.notes.length === 0);
  const differs = usePending().plan.length > 0;
  const running = useIsThere();
  const looksOnly = useLooksOnly();
  if (!empty || differs || looksOnly) return null;
  return (
    <div className="empty">
      <div className="ghosts" aria-hidden="true">
        <span>
          <Icon name="ns" />
        </span>
        <i />
        <span>
          <Icon name="ns" />
        </span>
      </div>
      <p>{t('empty.first')}</p>
      <p className="dim">{t(running ? 'empty.type' : 'empty.then')}</p>
    </div>
  );
}
