import { useTranslation } from 'react-i18next';
import type { RunStatus } from '@/generated/messages';
import type { LabEvent } from '@/store/events';

export function EventWords({ event }: { event: LabEvent }) {
  const { t } = useTranslation();
  if (event.what === 'run') return t(`run.${event.params.state as RunStatus['state']}`);
  const { node = '', interface: name = '', from = '', to = '', got = '', user = '' } = event.params;
  switch (event.what) {
    case 'linkDown':
      return t('event.linkDown', { node, interface: name });
    case 'linkUp':
      return t('event.linkUp', { node, interface: name });
    case 'checkOk':
      return t('event.checkOk', { from, to });
    case 'edited':
      return t('event.edited', { user });
    default:
      return t('event.checkBad', { from, to, got });
  }
}
