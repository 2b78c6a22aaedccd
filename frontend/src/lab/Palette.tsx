/** The tools: select and link, and what can be dragged or clicked onto the canvas. */
import type { PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { carry, placeByKey } from '@/canvas/usePlacing';
import type { DrawnKind } from '@/document/types';
import { Icon, type IconName } from '@/icons/Icon';
import { useView } from '@/store/view';

export const KIND_ICONS: Record<DrawnKind, IconName> = {
  namespace: 'ns',
  router: 'router',
  bridge: 'bridge',
  host: 'host',
  lan: 'lan',
  note: 'note',
};
const KIND_KEYS: Record<DrawnKind, string> = { namespace: 'N', router: 'R', bridge: 'B', host: 'H', lan: 'E', note: 'T' };
const KINDS = Object.keys(KIND_ICONS) as DrawnKind[];

export function Palette() {
  const { t } = useTranslation();
  const tool = useView((view) => view.tool);
  const setTool = useView((view) => view.setTool);

  const take = (kind: DrawnKind) => (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const held = tool.name === 'place' && tool.kind === kind;
    carry(kind, { x: event.clientX, y: event.clientY }, () => setTool(held ? { name: 'select' } : { name: 'place', kind }));
  };

  return (
    <nav className="palette" aria-label={t('tools')}>
      <button type="button" aria-pressed={tool.name === 'select'} title={t('tool.selectTip')} onClick={() => setTool({ name: 'select' })}>
        <Icon name="pointer" />
        {t('tool.select')}
      </button>
      <button type="button" aria-pressed={tool.name === 'link'} title={t('tool.linkTip')} onClick={() => setTool({ name: 'link' })}>
        <Icon name="link" />
        {t('tool.link')}
      </button>
      <i />
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={tool.name === 'place' && tool.kind === kind}
          title={t('tool.placeTip', { kind: t(`kind.${kind}`), key: KIND_KEYS[kind] })}
          onPointerDown={take(kind)}
          // A press of Enter or Space, with no pointer in it.
          onClick={(event) => event.detail === 0 && placeByKey(kind)}
        >
          <Icon name={KIND_ICONS[kind]} />
          {t(`kind.${kind}`)}
        </button>
      ))}
      <i />
      <button
        type="button"
        aria-pressed={tool.name === 'ping'}
        title={t('tool.pingTip')}
        onClick={() => setTool({ name: 'ping', from: null })}
      >
        <Icon name="ping" />
        {t('tool.ping')}
      </button>
      <button
        type="button"
        aria-pressed={tool.name === 'trace'}
        title={t('tool.traceTip')}
        onClick={() => setTool({ name: 'trace', from: null })}
      >
        <Icon name="trace" />
        {t('tool.trace')}
      </button>
    </nav>
  );
}
