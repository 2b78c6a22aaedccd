/** The lab itself: its description, and every problem of its drawing with the way to it. */
import { useTranslation } from 'react-i18next';
import { isSuperuser, useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';
import { ProblemList } from '../ProblemList';
import { AreaField, ChoiceField } from './fields';

export function LabForm() {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const looksOnly = useLooksOnly();
  return (
    <>
      <header className="head">
        <div>
          <h2>{doc.name}</h2>
          <p className="dim">
            {t('size', { nodes: t('nodes', { count: doc.nodes.length }), links: t('links', { count: doc.links.length }) })}
          </p>
        </div>
      </header>
      <ProblemList />
      {looksOnly ? (
        doc.description && <p className="described">{doc.description}</p>
      ) : (
        <form className="form stacked" onSubmit={(event) => event.preventDefault()}>
          <AreaField
            label={t('field.description')}
            path="description"
            value={doc.description ?? ''}
            change={(text, gesture) =>
              useLab.getState().edit((draft) => {
                draft.description = text;
              }, gesture)
            }
          />
          {(isSuperuser() || doc.target === 'machine') && (
            <ChoiceField
              label={t('field.target')}
              path="target"
              value={doc.target ?? 'sandbox'}
              options={[
                ['sandbox', t('field.inSandbox')],
                ['machine', t('field.onMachine')],
              ]}
              change={(target) =>
                useLab.getState().edit((draft) => {
                  draft.target = target;
                })
              }
            />
          )}
        </form>
      )}
      <p className="dim small tip">{t(looksOnly ? 'inspectorTipLooking' : 'inspectorTip')}</p>
    </>
  );
}
