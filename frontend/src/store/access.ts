/** What one is to the lab that is open, and who else looks at it. The server decides; the page only does not offer what it would refuse. */
import { create } from 'zustand';
import type { Delta, Full, People } from '@/generated/messages';

export type RoleInLab = Full['role'];

interface AccessStore {
  /** null while no lab is open. */
  role: RoleInLab | null;
  owner: string;
  people: People;
}

const START: AccessStore = { role: null, owner: '', people: { named: [], count: 0 } };

export const useAccess = create<AccessStore>()(() => START);

/** Takes what a message says of it; what it does not say is as before. */
export function receiveAccess({ role, people }: Full | Delta): void {
  if (role || people) useAccess.setState({ ...(role ? { role } : {}), ...(people ? { people } : {}) });
}

export function openAccess(role: RoleInLab, owner: string): void {
  useAccess.setState({ ...START, role, owner }, true);
}

/** Only superusers may change what is on the machine itself. */
export const isSuperuser = (): boolean => document.body.dataset.superuser !== undefined;

const isLooking = ({ role }: AccessStore): boolean => role === 'viewer' || role === 'administrator';

/** Whether one may look, and not change anything. */
export const looksOnly = (): boolean => isLooking(useAccess.getState());
export const useLooksOnly = (): boolean => useAccess(isLooking);
