/** A bridge: its own addresses, where it lives, and its ports. */
import { useTranslation } from 'react-i18next';
import { hostOf, splitEnd } from '@/document/names';
import type { LabNode } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { linkId, useView } from '@/store/view';
import { editNode, put } from './edits';
import { ChoiceField, ListField, More, NumberField, TextField, ToggleField } from './fields';

type Bridge = Extract<LabNode, { kind: 'bridge' }>;

export function BridgeFields({ path, place, node }: { path: string; place: string; node: Bridge }) {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const edit = (recipe: (bridge: Bridge) => void, gesture?: string) =>
    editNode(path, (draft) => draft.kind === 'bridge' && recipe(draft), gesture);
  const homes = doc.nodes
    .filter((one) => (one.kind === 'namespace' || one.kind === 'router') && hostOf(one) === hostOf(node))
    .map((one) => one.name);
  return (
    <>
      {(homes.length > 0 || node.in) && (
        <ChoiceField
          label={t('field.in')}
          path={`${place}.in`}
          value={node.in ?? ''}
          options={[['', t('field.defaultNamespace')], ...homes.map((name) => [name, name] as const)]}
          change={(name) => edit((bridge) => put(bridge, 'in', name))}
        />
      )}
      <ListField
        label={t('field.addresses')}
        path={`${place}.addresses`}
        value={node.addresses ?? []}
        placeholder="192.168.1.1/24"
        change={(addresses, gesture) =>
          edit((bridge) => {
            bridge.addresses = addresses;
          }, gesture)
        }
      />
      <ToggleField
        label="STP"
        path={`${place}.stp`}
        value={node.stp ?? false}
        change={(stp) => edit((bridge) => put(bridge, 'stp', stp || undefined))}
      />
      <ToggleField
        label={t('field.up')}
        path={`${place}.up`}
        value={node.up ?? true}
        change={(up) => edit((bridge) => put(bridge, 'up', up ? undefined : false))}
      />
      <More label={t('field.more')} open={node.mac != null || node.mtu != null}>
        <TextField
          label="MAC"
          path={`${place}.mac`}
          value={node.mac ?? ''}
          placeholder={t('field.fromName')}
          change={(text, gesture) => edit((bridge) => put(bridge, 'mac', text), gesture)}
        />
        <NumberField
          label="MTU"
          path={`${place}.mtu`}
          value={node.mtu}
          placeholder="1500"
          change={(mtu, gesture) => edit((bridge) => put(bridge, 'mtu', mtu), gesture)}
        />
      </More>
      <BridgePorts path={path} />
    </>
  );
}

function BridgePorts({ path }: { path: string }) {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const ports = doc.links.flatMap((link, index) => {
    const at = link.ends.findIndex((text) => splitEnd(text).node === path);
    return at < 0 ? [] : [{ index, name: splitEnd(link.ends[at] as string).interface, far: splitEnd(link.ends[1 - at] as string) }];
  });
  return (
    <section>
      <h3>{t('ports')}</h3>
      {ports.length === 0 && <p className="dim small">{t('noPorts')}</p>}
      <ul className="ports-list">
        {ports.map((port) => (
          <li key={port.index}>
            <button type="button" className="plain far" onClick={() => useView.getState().select([linkId(port.index)])}>
              <Icon name="link" />
              <code>{port.name ?? '…'}</code> <span className="dim">{t('linkTo', { node: port.far.node })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
