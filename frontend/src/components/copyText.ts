/** Onto the clipboard, also where the page came over plain HTTP: browsers hide `navigator.clipboard` there. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  // Beside what was pressed: an open dialog lets nothing outside it have the focus.
  const before = document.activeElement;
  (before?.parentElement ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
}
