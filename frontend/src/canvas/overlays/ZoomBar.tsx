import { useReactFlow, useStore } from '@xyflow/react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { report } from '@/lab/actions';
import { useLooksOnly } from '@/store/access';
import { arrange } from '@/store/arranging';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { toggleProjector, useSize } from '../projector';
import { useShowAll } from '../useShowAll';

const QUICK = { duration: 120 };
const MOVE = 200;

/** Fresh places for everything, and all of it in view. */
export function useArrange(): () => void {
  const showAll = useShowAll(MOVE);
  return useCallback(() => void arrange().then(showAll, report), [showAll]);
}

/** Out, in, 100 %, all of it; arranged; for a lecture room; the keys. */
export function ZoomBar() {
  const { t } = useTranslation();
  const flow = useReactFlow();
  const scale = useSize((size) => size.scale);
  const percent = useStore((state) => Math.round((state.transform[2] / scale) * 100));
  const empty = useLab((lab) => lab.doc.nodes.length === 0);
  const looksOnly = useLooksOnly();
  const showAll = useShowAll(MOVE);
  const arrangeAll = useArrange();
  return (
    <div className="zoom float" role="toolbar" aria-label={t('zoom.bar')}>
      <button type="button" className="mini" title={t('zoom.out')} aria-label={t('zoom.out')} onClick={() => void flow.zoomOut(QUICK)}>
        <Icon name="minus" />
      </button>
      <button type="button" className="num plain" aria-label={t('zoom.reset')} onClick={() => void flow.zoomTo(scale, QUICK)}>
        {percent}%
      </button>
      <button type="button" className="mini" title={t('zoom.in')} aria-label={t('zoom.in')} onClick={() => void flow.zoomIn(QUICK)}>
        <Icon name="plus" />
      </button>
      <i className="sep" />
      <button type="button" className="mini" title={t('zoom.fit')} aria-label={t('zoom.fit')} onClick={() => showAll()}>
        <Icon name="fit" />
      </button>
      {!looksOnly && (
        <button
          type="button"
          className="mini"
          title={t('zoom.arrange')}
          aria-label={t('zoom.arrange')}
          disabled={empty}
          onClick={arrangeAll}
        >
          <Icon name="arrange" />
        </button>
      )}
      <i className="sep" />
      <button
        type="button"
        className="mini"
        title={t('zoom.projector')}
        aria-label={t('zoom.projector')}
        aria-pressed={scale !== 1}
        onClick={toggleProjector}
      >
        <Icon name="projector" />
      </button>
      <button
        type="button"
        className="mini"
        title={t('keys.open')}
        aria-label={t('keys.open')}
        onClick={() => useView.getState().setDialog('keys')}
      >
        <Icon name="key" />
      </button>
    </div>
  );
}
