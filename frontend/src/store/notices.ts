/** Short notices above the status line, and the events of the last minutes in it. */
import { create } from 'zustand';
import type { Said } from '@/components/words';

export interface Notice {
  tone: 'up' | 'down' | 'pending';
  /** A key of the `words` of a language; the message is English. */
  code: string;
  params: Record<string, string>;
  message: string;
  /** What is in the way, one by one. */
  reasons?: readonly Said[];
}

interface NoticesStore {
  notices: readonly (Notice & { id: number })[];
  add: (notice: Notice) => void;
  remove: (id: number) => void;
}

const SHOWN = 8000;
let last = 0;

export const useNotices = create<NoticesStore>()((set, get) => ({
  notices: [],
  add: (notice) => {
    last += 1;
    const id = last;
    set({
      notices: [...get().notices.filter((one) => one.code !== notice.code || one.message !== notice.message), { ...notice, id }].slice(-3),
    });
    setTimeout(() => get().remove(id), SHOWN);
  },
  remove: (id) => set({ notices: get().notices.filter((one) => one.id !== id) }),
}));
