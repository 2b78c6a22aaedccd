/** Shows what others save, as long as nothing of one's own is unsaved: then the next save is refused, and one chooses. */
import { ApiError } from '@/api/http';
import { getLab } from '@/api/labs';
import { tellEdited } from './events';
import { useLab } from './lab';
import { useLive } from './live';
import { adopt, useSync } from './sync';

export function followHead(id: string): () => void {
  let asking = false;

  const isBehind = (): boolean => {
    const { saved, version } = useSync.getState();
    return saved === 'saved' && (useLive.getState().version ?? 0) > version;
  };

  const catchUp = async () => {
    if (asking || !isBehind()) return;
    asking = true;
    try {
      const lab = await getLab(id);
      if (useLab.getState().id !== id || !isBehind()) return;
      adopt(lab);
      if (lab.saved_by && lab.saved_by !== document.body.dataset.user) tellEdited(lab.saved_by);
    } catch (error) {
      // Offline, or not one's lab any more: the socket says so as well.
      if (!(error instanceof ApiError)) throw error;
    } finally {
      asking = false;
    }
  };

  const ends = [
    useLive.subscribe((live, before) => live.version !== before.version && void catchUp()),
    useSync.subscribe((sync, before) => sync.saved !== before.saved && void catchUp()),
  ];
  return () => {
    for (const end of ends) end();
  };
}
