/** Beside the canvas: five tabs. On small screens a rail that opens a sheet over the canvas. */
import { Tabs } from 'radix-ui';
import { type ComponentType, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '@/icons/Icon';
import { ChecksPanel } from '@/panels/ChecksPanel';
import { InspectorPanel } from '@/panels/InspectorPanel';
import { PlanPanel, useShownPlan } from '@/panels/PlanPanel';
import { ScriptPanel } from '@/panels/ScriptPanel';
import { YamlPanel } from '@/panels/YamlPanel';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { TABS, type Tab, useView } from '@/store/view';
import { useCheckResults } from './useCheckResults';

const ICONS: Record<Tab, IconName> = { inspector: 'sliders', plan: 'list', script: 'term', checks: 'check', yaml: 'file' };
const PANELS: Record<Tab, ComponentType> = {
  inspector: InspectorPanel,
  plan: PlanPanel,
  script: ScriptPanel,
  checks: ChecksPanel,
  yaml: YamlPanel,
};

/** What a tab counts, so that it need not be opened to know. */
function useCounts(): Partial<Record<Tab, string>> {
  const drawn = useLab((lab) => lab.doc.checks.length);
  const results = useCheckResults();
  const problems = useSync((sync) => sync.problems.length + sync.errors.length);
  const { plan } = useShownPlan();
  const operations = plan?.length ?? 0;
  const passed = results.filter((result) => result?.ok).length;
  const checked = results.some(Boolean);
  return {
    ...(problems > 0 ? { inspector: String(problems) } : {}),
    ...(operations > 0 ? { plan: String(operations) } : {}),
    ...(drawn > 0 ? { checks: checked ? `${passed}/${drawn}` : String(drawn) } : {}),
  };
}

export function Panel() {
  const { t } = useTranslation();
  const tab = useView((view) => view.tab);
  const sheet = useView((view) => view.sheet);
  const setTab = useView((view) => view.setTab);
  const setSheet = useView((view) => view.setSheet);
  const counts = useCounts();
  const problems = useSync((sync) => sync.problems.length + sync.errors.length > 0);

  useEffect(() => {
    const onEscape = (event: KeyboardEvent) => event.key === 'Escape' && setSheet(false);
    addEventListener('keydown', onEscape);
    return () => removeEventListener('keydown', onEscape);
  }, [setSheet]);

  return (
    <Tabs.Root asChild value={tab} onValueChange={(value) => setTab(value as Tab)} activationMode="manual">
      <aside className={sheet ? 'panel sheet' : 'panel'} aria-label={t('panel')}>
        <Tabs.List className="tabs" aria-label={t('panel')}>
          {TABS.map((name) => (
            <Tabs.Trigger key={name} value={name} aria-label={t(`tab.${name}`)} title={t(`tab.${name}`)} onClick={() => setTab(name)}>
              <Icon name={ICONS[name]} />
              <span>{t(`tab.${name}`)}</span>
              {counts[name] && <em className={name === 'inspector' && problems ? 'count bad' : 'count'}>{counts[name]}</em>}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {TABS.map((name) => {
          const Body = PANELS[name];
          return (
            <Tabs.Content key={name} value={name} className="pane" data-tab={name}>
              <Suspense fallback={<p className="dim">…</p>}>
                <Body />
              </Suspense>
            </Tabs.Content>
          );
        })}
      </aside>
    </Tabs.Root>
  );
}
