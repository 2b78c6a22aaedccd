import { useReactFlow, useStore } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';

/** Out, in, 100 %, all of it. */
export function ZoomBar() {
  const { t } = useTranslation();
  const flow = useReactFlow();
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  return (
    <div className="zoom float">
      <button type="button" className="mini" aria-label={t('zoom.out')} onClick={() => void flow.zoomOut({ duration: 120 })}>
        <Icon name="minus" />
      </button>
      <button type="button" className="num plain" aria-label={t('zoom.reset')} onClick={() => void flow.zoomTo(1, { duration: 120 })}>
        {percent}%
      </button>
      <button type="button" className="mini" aria-label={t('zoom.in')} onClick={() => void flow.zoomIn({ duration: 120 })}>
        <Icon name="plus" />
      </button>
      <i className="sep" />
      <button
        type="button"
        className="mini"
        aria-label={t('zoom.fit')}
        onClick={() => void flow.fitView({ maxZoom: 1, padding: 0.12, duration: 200 })}
      >
        <Icon name="fit" />
      </button>
    </div>
  );
}
