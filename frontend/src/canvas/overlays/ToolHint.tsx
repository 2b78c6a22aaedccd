/** What the tool in hand waits for. */
import { useTranslation } from 'react-i18next';
import { useView } from '@/store/view';

export function ToolHint() {
  const { t } = useTranslation();
  const tool = useView((view) => view.tool);
  if (tool.name === 'select') return null;
  const words = () => {
    if (tool.name === 'link') {
      if (tool.from === undefined) return t('hint.link');
      if (tool.to === undefined) return t('hint.linkNone', { from: tool.from, typed: tool.typed ?? '' });
      return t('hint.linkKeys', { from: tool.from, to: tool.to, typed: tool.typed ? `“${tool.typed}”` : '' });
    }
    if (tool.name === 'place') return t('hint.place', { kind: t(`kind.${tool.kind}`) });
    return tool.from === null ? t(`hint.${tool.name}From`) : t(`hint.${tool.name}To`, { from: tool.from });
  };
  return (
    <p className="hint float" aria-live="assertive">
      {words()}
    </p>
  );
}
