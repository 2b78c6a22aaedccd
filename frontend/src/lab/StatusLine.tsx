/** At the foot: whether the page is live, what happened last, what is selected. */
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { useLooksOnly } from '@/store/access';
import { useEvents } from '@/store/events';
import { useLive } from '@/store/live';
import { useTerminals } from '@/store/terminals';
import { useView } from '@/store/view';
import { EventWords } from './EventWords';

const SHOWN = 3;

/** Shows and hides the terminals that are open in the lab. */
function TerminalsButton() {
  const { t } = useTranslation('terminals');
  const count = useLive((live) => live.terminals.length);
  const open = useTerminals((store) => store.open);
  const setOpen = useTerminals((store) => store.setOpen);
  const looksOnly = useLooksOnly();
  if (count === 0 || looksOnly) return null;
  return (
    <button type="button" className="plain live terminals-button" aria-expanded={open} title="Ctrl `" onClick={() => setOpen(!open)}>
      <Icon name="term" />
      {t('title')}
      <span className="num">{count}</span>
    </button>
  );
}

export function StatusLine() {
  const { t } = useTranslation();
  const connected = useLive((live) => live.connected);
  const events = useEvents((log) => log.events);
  const selection = useView((view) => view.selection);
  const only = selection.size === 1 ? ([...selection][0] as string) : null;
  return (
    <footer className="status">
      <span className={connected ? 'live up' : 'live down'}>
        <Icon name={connected ? 'dot' : 'x'} />
        {connected ? t('live') : t('notLive')}
      </span>
      <ol>
        {events.slice(-SHOWN).map((event) => (
          <li key={event.id} className={event.tone}>
            <time>{new Date(event.at).toLocaleTimeString('en-GB')}</time>
            <span className={event.tone}>
              <Icon name={event.icon} />
              <EventWords event={event} />
            </span>
          </li>
        ))}
      </ol>
      <span className="grow" />
      <TerminalsButton />
      <span className="dim">
        {selection.size === 0
          ? ''
          : only && !only.includes(':')
            ? t('selected', { name: only })
            : t('selectedCount', { count: selection.size })}
      </span>
    </footer>
  );
}
