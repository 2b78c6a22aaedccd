/** What was refused, for as long as it takes to read. */
import { useTranslation } from 'react-i18next';
import { Inline } from '@/components/Prose';
import { Reasons } from '@/components/Reasons';
import { useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { useNotices } from '@/store/notices';

export function Notices() {
  const { t } = useTranslation();
  const words = useWords();
  const notices = useNotices((store) => store.notices);
  const remove = useNotices((store) => store.remove);
  return (
    <div className="notices" role="alert">
      {notices.map((notice) => (
        <div key={notice.id} className={`notice float ${notice.tone}`}>
          <Icon name={notice.tone === 'up' ? 'check' : 'warn'} />
          <div>
            <Inline text={words(notice)} />
            <Reasons reasons={notice.reasons} />
          </div>
          <button type="button" className="mini" aria-label={t('close')} onClick={() => remove(notice.id)}>
            <Icon name="x" />
          </button>
        </div>
      ))}
    </div>
  );
}
