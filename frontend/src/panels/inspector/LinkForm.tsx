/** A link: whether it is up, what it does to packets, and the interface at each of its ends. */
import { useTranslation } from 'react-i18next';
import { useLinkEnds, useLinkState } from '@/canvas/state';
import { Problems } from '@/components/Problems';
import { isName } from '@/document/checks';
import { findNode, renameInterface } from '@/document/edit';
import { splitEnd } from '@/document/names';
import { isMachine, type LabLink } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { deleteSelection } from '@/store/commands';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { editLink, editMachine, placeOf, put } from './edits';
import { ListField, More, NameField, NumberField, ToggleField } from './fields';

export function LinkForm({ index, link }: { index: number; link: LabLink }) {
  const { t } = useTranslation();
  const ends = useLinkEnds(index);
  const { state } = useLinkState(ends);
  const place = `links[${index}]`;
  const [a, b] = link.ends.map((text) => splitEnd(text).node) as [string, string];
  const atLan = useLab((lab) => [a, b].some((path) => findNode(lab.doc, path)?.kind === 'lan'));
  const shaped = link.delay != null || link.jitter != null || link.loss != null || link.rate != null || link.mtu != null;
  return (
    <>
      <header className="head">
        <div>
          <h2>
            {a} – {b}
          </h2>
          <p className="dim">
            {t(atLan ? 'what.cable' : 'what.veth')}, {t(`chipState.${state}`)}
          </p>
        </div>
        <div className="tools">
          <button type="button" className="mini" aria-label={t('delete')} title={`${t('delete')} (Del)`} onClick={deleteSelection}>
            <Icon name="trash" />
          </button>
        </div>
      </header>
      <form className="form" onSubmit={(event) => event.preventDefault()}>
        <Problems path={place} exact />
        <ToggleField
          label={t('field.up')}
          path={`${place}.up`}
          value={link.up ?? true}
          change={(up) => editLink(index, (draft) => put(draft, 'up', up ? undefined : false))}
        />
        <EndForm index={index} at={0} text={link.ends[0]} />
        <EndForm index={index} at={1} text={link.ends[1]} />
        <More label={t('field.more')} open={shaped}>
          <NumberField
            label="MTU"
            path={`${place}.mtu`}
            value={link.mtu}
            placeholder="1500"
            change={(mtu, gesture) => editLink(index, (draft) => put(draft, 'mtu', mtu), gesture)}
          />
          <NumberField
            label={t('field.delay')}
            path={`${place}.delay`}
            value={link.delay}
            change={(delay, gesture) => editLink(index, (draft) => put(draft, 'delay', delay), gesture)}
          />
          <NumberField
            label={t('field.jitter')}
            path={`${place}.jitter`}
            value={link.jitter}
            change={(jitter, gesture) => editLink(index, (draft) => put(draft, 'jitter', jitter), gesture)}
          />
          <NumberField
            label={t('field.loss')}
            path={`${place}.loss`}
            value={link.loss}
            change={(loss, gesture) => editLink(index, (draft) => put(draft, 'loss', loss), gesture)}
          />
          <NumberField
            label={t('field.rate')}
            path={`${place}.rate`}
            value={link.rate}
            change={(rate, gesture) => editLink(index, (draft) => put(draft, 'rate', rate), gesture)}
          />
        </More>
      </form>
    </>
  );
}

/** One end: its interface's name and, where the node keeps them, its addresses. */
function EndForm({ index, at, text }: { index: number; at: 0 | 1; text: string }) {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const { node: path, interface: name } = splitEnd(text);
  const node = findNode(doc, path);
  if (!node) return <Problems path={`links[${index}].ends[${at}]`} />;
  const slot = isMachine(node) ? (node.interfaces ?? []).findIndex((one) => one.name === name) : -1;
  const one = isMachine(node) ? node.interfaces?.[slot] : undefined;
  const place = `${placeOf(doc, path)}.interfaces[${slot}]`;
  const refuse = (typed: string) => {
    if (!isName(typed, 'interface')) return t('field.badInterface');
    const twice = isMachine(node) && node.interfaces?.some((other, nth) => nth !== slot && other.name === typed);
    return twice ? t('field.interfaceTwice') : null;
  };
  const far = (
    <button type="button" className="plain far" onClick={() => useView.getState().select([path])}>
      {path}
    </button>
  );
  if (node.kind === 'lan' || node.kind === 'internet') return far;
  return (
    <fieldset className="part">
      <header>{far}</header>
      {name !== null && (
        <NameField
          label={t('field.interface')}
          path={one ? `${place}.name` : `links[${index}].ends[${at}]`}
          value={name}
          refuse={refuse}
          change={(typed) => useLab.getState().edit((draft) => renameInterface(draft, path, name, typed))}
        />
      )}
      {one && (
        <ListField
          label={t('field.addresses')}
          path={`${place}.addresses`}
          value={one.addresses ?? []}
          placeholder="192.168.1.2/24"
          change={(addresses, gesture) =>
            editMachine(
              path,
              (draft) => {
                const target = draft.interfaces?.[slot];
                if (target) target.addresses = addresses;
              },
              gesture,
            )
          }
        />
      )}
      {one && <Problems path={`links[${index}].ends[${at}]`} />}
    </fieldset>
  );
}
