/** Signing out, as Django's own form does it. */
import { csrfToken } from './http';

export async function signOut(): Promise<void> {
  await fetch('/accounts/logout/', { method: 'POST', credentials: 'same-origin', headers: { 'X-CSRFToken': csrfToken() } });
  location.assign('/accounts/login/');
}
