/** Why a run failed, in the order in which one reads it: the operation, what the kernel said, what is left over of it, what to do. */
import { useTranslation } from 'react-i18next';
import { Inline } from '@/components/Prose';
import { Reasons } from '@/components/Reasons';
import { useHint, useWords } from '@/components/words';
import type { RunStatus } from '@/generated/messages';
import { useOperationText } from '@/i18n/operations';

export function FailureText({ run }: { run: RunStatus }) {
  const { t } = useTranslation('drift');
  const words = useWords();
  const hintOf = useHint();
  const operation = useOperationText();
  const { error } = run;
  if (!error) return null;
  const entry = run.plan?.find((one) => one.n === error.n);
  const hint = hintOf(error);
  // The server's sentence begins with the operation, which the page says in its own language.
  const reason = entry && error.message.startsWith(`${entry.summary}: `) ? error.message.slice(entry.summary.length + 2) : error.kernel;
  return (
    <>
      <p>
        <b>{entry ? operation(entry) : <Inline text={words({ ...error, params: error.params ?? {} })} />}</b>
      </p>
      {reason && <code>{reason}</code>}
      <Reasons reasons={error.reasons} />
      {error.leftovers && error.leftovers.length > 0 && (
        <>
          <p>{t('left')}</p>
          <ul>
            {error.leftovers.map((left) => (
              <li key={left.n}>{operation(left)}</li>
            ))}
          </ul>
        </>
      )}
      {hint && (
        <p className="hint">
          <Inline text={hint} />
        </p>
      )}
    </>
  );
}
