/** The interfaces of a machine: those that links end at, and the cards of a host. */
import { useTranslation } from 'react-i18next';
import { Problems } from '@/components/Problems';
import { isName } from '@/document/checks';
import { renameInterface } from '@/document/edit';
import { freeName, splitEnd } from '@/document/names';
import type { Doc, Machine } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import { linkId, useView } from '@/store/view';
import { editMachine, put } from './edits';
import { ListField, More, NameField, NumberField, TextField, ToggleField } from './fields';

type InterfaceOf = NonNullable<Machine['interfaces']>[number];

/** The link that ends at an interface, and its other end. */
function linkAt(doc: Doc, end: string): { index: number; far: string } | null {
  const index = doc.links.findIndex((link) => link.ends.includes(end));
  const link = doc.links[index];
  return link ? { index, far: (link.ends[0] === end ? link.ends[1] : link.ends[0]) as string } : null;
}

export function Interfaces({ path, place, node }: { path: string; place: string; node: Machine }) {
  const { t } = useTranslation();
  const interfaces = node.interfaces ?? [];
  return (
    <section>
      <h3>{t('interfaces')}</h3>
      {interfaces.length === 0 && <p className="dim small">{t(node.kind === 'host' ? 'noCards' : 'noInterfaces')}</p>}
      {interfaces.map((one, index) => (
        // Its name may be that of another, or change: the place is what tells them apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see the line above
        <InterfaceForm key={index} path={path} place={`${place}.interfaces[${index}]`} index={index} value={one} machine={node} />
      ))}
      {node.kind === 'host' && (
        <button type="button" className="btn ghost small add" onClick={() => addCard(path)}>
          <Icon name="plus" />
          {t('addCard')}
        </button>
      )}
    </section>
  );
}

function addCard(path: string): void {
  editMachine(path, (draft) => {
    const taken = new Set(draft.interfaces?.map((one) => one.name));
    draft.interfaces = [...(draft.interfaces ?? []), { name: freeName('eth', taken, 0), addresses: [] }];
  });
}

interface FormProps {
  path: string;
  place: string;
  index: number;
  value: InterfaceOf;
  machine: Machine;
}

function InterfaceForm({ path, place, index, value, machine }: FormProps) {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const link = linkAt(doc, `${path}:${value.name}`);
  const edit = (recipe: (draft: InterfaceOf) => void, gesture?: string) =>
    editMachine(
      path,
      (draft) => {
        const target = draft.interfaces?.[index];
        if (target) recipe(target);
      },
      gesture,
    );
  const remove = () =>
    editMachine(path, (draft) => {
      draft.interfaces?.splice(index, 1);
    });
  const refuse = (text: string) => {
    if (!isName(text, 'interface')) return t('field.badInterface');
    return machine.interfaces?.some((one, at) => at !== index && one.name === text) ? t('field.interfaceTwice') : null;
  };
  return (
    <fieldset className="part">
      <legend className="sr">{value.name}</legend>
      <header>
        {link ? <FarEnd link={link} /> : <span className="dim">{t(machine.kind === 'host' ? 'card' : 'unlinked')}</span>}
        {!link && (
          <button type="button" className="mini" aria-label={t('removeInterface', { name: value.name })} onClick={remove}>
            <Icon name="x" />
          </button>
        )}
      </header>
      <OwnProblems place={place} />
      <NameField
        label={t('field.name')}
        path={`${place}.name`}
        value={value.name}
        refuse={refuse}
        change={(name) => useLab.getState().edit((draft) => renameInterface(draft, path, value.name, name))}
      />
      <ListField
        label={t('field.addresses')}
        path={`${place}.addresses`}
        value={value.addresses ?? []}
        placeholder="192.168.1.2/24"
        change={(addresses, gesture) =>
          edit((draft) => {
            draft.addresses = addresses;
          }, gesture)
        }
      />
      <ToggleField
        label={t('field.up')}
        path={`${place}.up`}
        value={value.up ?? true}
        change={(up) => edit((draft) => put(draft, 'up', up ? undefined : false))}
      />
      <More label={t('field.more')} open={value.mac != null || value.mtu != null}>
        <TextField
          label="MAC"
          path={`${place}.mac`}
          value={value.mac ?? ''}
          placeholder={t('field.kernelChooses')}
          change={(text, gesture) => edit((draft) => put(draft, 'mac', text), gesture)}
        />
        <NumberField
          label="MTU"
          path={`${place}.mtu`}
          value={value.mtu}
          placeholder="1500"
          change={(mtu, gesture) => edit((draft) => put(draft, 'mtu', mtu), gesture)}
        />
      </More>
    </fieldset>
  );
}

/** What is wrong with the interface as a whole, and not with one of its fields. */
function OwnProblems({ place }: { place: string }) {
  return <Problems path={place} exact />;
}

function FarEnd({ link }: { link: { index: number; far: string } }) {
  const { t } = useTranslation();
  const { node, interface: name } = splitEnd(link.far);
  return (
    <button type="button" className="plain far" onClick={() => useView.getState().select([linkId(link.index)])}>
      <Icon name="link" />
      <span>
        {t('linkTo', { node })} {name && <code>{name}</code>}
      </span>
    </button>
  );
}
