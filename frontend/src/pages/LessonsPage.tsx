export function LessonsPage() {
  return null;
}
