/** A node: its name, where it lives, its interfaces, routes and sysctls. */
import { useTranslation } from 'react-i18next';
import { isName, isTaken } from '@/document/checks';
import { moveToHost } from '@/document/edit';
import { hostOf } from '@/document/names';
import type { LabNode } from '@/document/types';
import { isMachine } from '@/document/types';
import { rename } from '@/store/commands';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { BridgeFields } from './BridgeFields';
import { editNode, placeOf, put } from './edits';
import { AreaField, ChoiceField, More, NameField, TextField } from './fields';
import { Interfaces } from './Interfaces';
import { NodeHead } from './NodeHead';
import { Routes } from './Routes';
import { Sysctls } from './Sysctls';

export function NodeForm({ path, node }: { path: string; node: LabNode }) {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const place = placeOf(doc, path);
  const hosts = doc.nodes.filter((one) => one.kind === 'host').map((one) => one.name);
  const refuse = (text: string) => {
    if (!isName(text, node.kind)) return t('field.badName');
    return isTaken(doc, path, text) ? t('field.nameTwice') : null;
  };
  return (
    <>
      <NodeHead path={path} node={node} />
      <form className="form" onSubmit={(event) => event.preventDefault()}>
        <NameField label={t('field.name')} path={`${place}.name`} value={node.name} refuse={refuse} change={(name) => rename(path, name)} />
        <TextField
          label={t('field.label')}
          path={`${place}.label`}
          value={node.label ?? ''}
          mono={false}
          placeholder={t('field.labelHint')}
          change={(text, gesture) => editNode(path, (draft) => put(draft, 'label', text), gesture)}
        />
        {'host' in node || node.kind === 'namespace' || node.kind === 'router' || node.kind === 'bridge'
          ? hosts.length > 0 && (
              <ChoiceField
                label={t('kind.host')}
                path={`${place}.host`}
                value={hostOf(node) ?? ''}
                options={[['', t('field.noHost')], ...hosts.map((name) => [name, name] as const)]}
                change={(host) => {
                  const next = useLab.getState().edit((draft) => moveToHost(draft, path, host || null));
                  useView.getState().select([next]);
                }}
              />
            )
          : null}
        {node.kind === 'bridge' && <BridgeFields path={path} place={place} node={node} />}
        {isMachine(node) && (
          <>
            <Interfaces path={path} place={place} node={node} />
            <Routes key={`routes of ${path}`} path={path} place={place} node={node} />
            <Sysctls path={path} place={place} node={node} />
          </>
        )}
        <More label={t('field.note')} open={Boolean(node.note)}>
          <AreaField
            label={t('field.note')}
            path={`${place}.note`}
            value={node.note ?? ''}
            change={(text, gesture) => editNode(path, (draft) => put(draft, 'note', text), gesture)}
          />
        </More>
      </form>
    </>
  );
}
