/** The lab page: top bar, palette, canvas, panel, status line, around one lab. */
import '@/styles/lab.css';
import '@/styles/canvas.css';
import '@/styles/panel.css';
import '@/styles/drift.css';
import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { ApiError } from '@/api/http';
import { getLab } from '@/api/labs';
import { Canvas } from '@/canvas/Canvas';
import { applyAsOneEdits } from '@/lab/autoApply';
import { ConflictDialog } from '@/lab/ConflictDialog';
import { followPending } from '@/lab/followPending';
import { LessonColumn } from '@/lab/LessonColumn';
import { Notices } from '@/lab/Notices';
import { Palette } from '@/lab/Palette';
import { Panel } from '@/lab/Panel';
import { StatusLine } from '@/lab/StatusLine';
import { TopBar } from '@/lab/TopBar';
import { useKeys } from '@/lab/useKeys';
import { watchLab } from '@/live/socket';
import { openAccess, useLooksOnly } from '@/store/access';
import { followEvents } from '@/store/events';
import { followHead } from '@/store/followHead';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { follow } from '@/store/sync';
import { followTroubles } from '@/store/troubles';
import { useView } from '@/store/view';
import { Dock } from '@/terminals/Dock';
import { Missing } from './Missing';

/** Loads a lab and follows it; true once it is there, an error where it is not to be had. */
function useOpenLab(id: string): true | null | ApiError {
  const [state, setState] = useState<true | null | ApiError>(null);
  useEffect(() => {
    let left = false;
    const ends: (() => void)[] = [];
    setState(null);
    getLab(id).then(
      (lab) => {
        if (left) return;
        useView.getState().reset();
        openAccess(lab.role, lab.owner);
        useLab.getState().open(id, lab.document);
        ends.push(followTroubles(), follow(lab), followHead(id), followEvents(), followPending(id), applyAsOneEdits(id), watchLab(id));
        setState(true);
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        if (!left) setState(error);
      },
    );
    return () => {
      left = true;
      for (const end of ends) end();
      useLab.getState().close();
    };
  }, [id]);
  return state;
}

export function LabPage() {
  const { id = '' } = useParams();
  const opened = useOpenLab(id);
  const gone = useLive((live) => live.gone);
  if (opened instanceof ApiError || gone) return <Missing />;
  return <OpenLab loaded={opened === true} />;
}

function OpenLab({ loaded }: { loaded: boolean }) {
  const { t } = useTranslation();
  const name = useLab((lab) => lab.doc.name);
  const looksOnly = useLooksOnly();
  useKeys();
  useEffect(() => {
    document.title = name ? `${name} · Topoweb` : 'Topoweb';
  }, [name]);
  return (
    <ReactFlowProvider>
      <div className={looksOnly ? 'lab-page view-only' : 'lab-page'} data-loaded={loaded}>
        <TopBar />
        {!looksOnly && <Palette />}
        <LessonColumn />
        <div className="desk">
          {loaded ? <Canvas /> : <main className="canvas" aria-label={t('canvas')} aria-busy="true" />}
          {!looksOnly && <Dock />}
        </div>
        <Panel />
        <StatusLine />
        <Notices />
        <ConflictDialog />
      </div>
    </ReactFlowProvider>
  );
}
