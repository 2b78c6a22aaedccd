/** The routes of a machine: where to, over whom. */
import { produce } from 'immer';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problems } from '@/components/Problems';
import type { Machine } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { editMachine, put } from './edits';
import { ChoiceField, More, NumberField, TextField } from './fields';

type RouteOf = NonNullable<Machine['routes']>[number];
type RouteType = NonNullable<RouteOf['type']>;
const TYPES: readonly RouteType[] = ['unicast', 'blackhole', 'unreachable', 'prohibit'];

/** A route is a draft beside the drawing until it says where to and over whom. */
const isWhole = (route: RouteOf): boolean => Boolean(route.to && (route.via || route.dev || (route.type ?? 'unicast') !== 'unicast'));

export function Routes({ path, place, node }: { path: string; place: string; node: Machine }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<RouteOf | null>(null);
  const routes = node.routes ?? [];
  const add = () => setDraft({ to: routes.some((route) => route.to === 'default') ? '' : 'default' });
  const editDraft: EditRoute = (recipe, gesture) => {
    const next = produce(draft, (route) => {
      if (route) recipe(route);
    });
    setDraft(next && isWhole(next) ? null : next);
    if (!next || !isWhole(next)) return;
    editMachine(
      path,
      (machine) => {
        machine.routes = [...(machine.routes ?? []), next];
      },
      gesture,
    );
  };
  const editAt =
    (index: number): EditRoute =>
    (recipe, gesture) =>
      editMachine(
        path,
        (machine) => {
          const target = machine.routes?.[index];
          if (target) recipe(target);
        },
        gesture,
      );
  const removeAt = (index: number) =>
    editMachine(path, (machine) => {
      machine.routes?.splice(index, 1);
    });
  return (
    <section>
      <h3>{t('routes')}</h3>
      {/* A draft stands where it will be, so that it becomes a route under one's hands. */}
      {[...routes, ...(draft ? [draft] : [])].map((route, index) => (
        <RouteForm
          // A route has no name of its own: its place is what tells it apart.
          // biome-ignore lint/suspicious/noArrayIndexKey: see the line above
          key={index}
          place={`${place}.routes[${index}]`}
          value={route}
          machine={node}
          edit={index < routes.length ? editAt(index) : editDraft}
          remove={index < routes.length ? () => removeAt(index) : () => setDraft(null)}
        />
      ))}
      {!draft && (
        <button type="button" className="btn ghost small add" onClick={add}>
          <Icon name="plus" />
          {t('addRoute')}
        </button>
      )}
    </section>
  );
}

type EditRoute = (recipe: (draft: RouteOf) => void, gesture?: string) => void;

interface FormProps {
  place: string;
  value: RouteOf;
  machine: Machine;
  edit: EditRoute;
  remove: () => void;
}

function RouteForm({ place, value, machine, edit, remove }: FormProps) {
  const { t } = useTranslation();
  const list = useId();
  const type = value.type ?? 'unicast';
  const setType = (next: RouteType) =>
    edit((draft) => {
      put(draft, 'type', next === 'unicast' ? undefined : next);
      if (next === 'unicast') return;
      delete draft.via;
      delete draft.dev;
    });
  return (
    <fieldset className="part">
      <legend className="sr">{t('routeTo', { to: value.to })}</legend>
      <header>
        <code>
          {value.to || '…'} {value.via ? `via ${value.via}` : type === 'unicast' ? (value.dev ? `dev ${value.dev}` : '') : type}
        </code>
        <button type="button" className="mini" aria-label={t('removeRoute', { to: value.to })} onClick={remove}>
          <Icon name="x" />
        </button>
      </header>
      <Problems path={place} exact />
      <TextField
        label={t('field.to')}
        path={`${place}.to`}
        value={value.to}
        placeholder="default"
        change={(text, gesture) =>
          edit((draft) => {
            draft.to = text.trim();
          }, gesture)
        }
      />
      {type === 'unicast' && (
        <TextField
          label={t('field.via')}
          path={`${place}.via`}
          value={value.via ?? ''}
          placeholder="192.168.1.1"
          change={(text, gesture) => edit((draft) => put(draft, 'via', text.trim()), gesture)}
        />
      )}
      <More label={t('field.more')} open={value.dev != null || value.metric != null || type !== 'unicast'}>
        {type === 'unicast' && (
          <>
            <TextField
              label={t('field.dev')}
              path={`${place}.dev`}
              value={value.dev ?? ''}
              list={list}
              change={(text, gesture) => edit((draft) => put(draft, 'dev', text.trim()), gesture)}
            />
            <datalist id={list}>
              {machine.interfaces?.map((one) => (
                <option key={one.name} value={one.name} />
              ))}
            </datalist>
          </>
        )}
        <NumberField
          label={t('field.metric')}
          path={`${place}.metric`}
          value={value.metric}
          placeholder="0"
          change={(metric, gesture) => edit((draft) => put(draft, 'metric', metric), gesture)}
        />
        <ChoiceField
          label={t('field.type')}
          path={`${place}.type`}
          value={type}
          options={TYPES.map((one) => [one, one] as const)}
          change={setType}
        />
      </More>
    </fieldset>
  );
}
