/** What the tool in hand waits for. */
import { useTranslation } from 'react-i18next';
import { useView } from '@/store/view';

export function ToolHint() {
  const { t } = useTranslation();
  const tool = useView((view) => view.tool);
  if (tool.name === 'select') return null;
  const words = () => {
    if (tool.name === 'link') return tool.from === undefined ? t('hint.link') : t('hint.linkKeys', { from: tool.from, to: tool.to ?? '…' });
    if (tool.name === 'place') return t('hint.place', { kind: t(`kind.${tool.kind}`) });
    return tool.from === null ? t(`hint.${tool.name}From`) : t(`hint.${tool.name}To`, { from: tool.from });
  };
  return (
    <p className="hint float" aria-live="assertive">
      {words()}
    </p>
  );
}
