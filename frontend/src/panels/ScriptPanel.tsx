export function ScriptPanel() {
  return null;
}
