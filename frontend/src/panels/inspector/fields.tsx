/** Fields of the inspector: each types straight into the drawing, one step of undo from focus to blur, its problems below it. */
import { type ReactNode, useId, useState } from 'react';
import { Problems, useProblemsAt } from '@/components/Problems';
import { Inline } from '@/components/Prose';
import { useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';

/** While a field has the focus it shows what is typed, else what the document says. What is typed belongs to its place there. */
function useDraft(path: string, stored: string): [string, (text: string | null) => void] {
  const [draft, setDraft] = useState<{ path: string; text: string } | null>(null);
  return [draft?.path === path ? draft.text : stored, (text) => setDraft(text === null ? null : { path, text })];
}

interface FieldProps {
  label: string;
  /** The field's place in the document: `nodes[2].name`. */
  path: string;
  children: (attributes: { id: string; 'aria-invalid': boolean; 'aria-describedby': string }) => ReactNode;
  /** What is wrong with what is typed and not in the document yet. */
  error?: string | null;
}

export function Field({ label, path, children, error }: FieldProps) {
  const id = useId();
  const bad = useProblemsAt(path).length > 0 || Boolean(error);
  return (
    <div className="field" data-path={path}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': bad, 'aria-describedby': `${id}-problems` })}
      <div id={`${id}-problems`} className="below" aria-live="polite">
        {error ? (
          <p className="problems">
            <Inline text={error} />
          </p>
        ) : (
          <Problems path={path} />
        )}
      </div>
    </div>
  );
}

interface TextProps {
  label: string;
  path: string;
  value: string;
  /** Puts the text into the document; `gesture` joins what is typed in one go. */
  change: (text: string, gesture: string) => void;
  placeholder?: string;
  mono?: boolean;
  list?: string;
}

export function TextField({ label, path, value, change, placeholder, mono = true, list }: TextProps) {
  const [text, setText] = useDraft(path, value);
  const readOnly = useLooksOnly();
  return (
    <Field label={label} path={path}>
      {(attributes) => (
        <input
          {...attributes}
          className={mono ? 'mono' : ''}
          value={text}
          readOnly={readOnly}
          placeholder={placeholder}
          list={list}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setText(next);
            change(next, `field ${path}`);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur();
          }}
          onBlur={() => {
            setText(null);
            useLab.getState().endGesture();
          }}
        />
      )}
    </Field>
  );
}

interface NameProps {
  label: string;
  path: string;
  value: string;
  change: (name: string) => void;
  /** What is wrong with a name; null where it may go into the document. */
  refuse: (name: string) => string | null;
}

/** Links and checks go by names, so one goes into the drawing when it is whole: at Enter, or on leaving the field. Escape restores. */
export function NameField({ label, path, value, change, refuse }: NameProps) {
  const [text, setText] = useDraft(path, value);
  const readOnly = useLooksOnly();
  const error = text === value ? null : refuse(text);
  const take = () => {
    if (text !== value && error === null) change(text);
  };
  return (
    <Field label={label} path={path} error={error}>
      {(attributes) => (
        <input
          {...attributes}
          className="mono"
          value={text}
          readOnly={readOnly}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') take();
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setText(null);
          }}
          onBlur={() => {
            take();
            setText(null);
          }}
        />
      )}
    </Field>
  );
}

/** Several values in one field, apart by spaces or commas. */
export function ListField({
  value,
  change,
  ...props
}: Omit<TextProps, 'value' | 'change'> & { value: readonly string[]; change: (values: string[], gesture: string) => void }) {
  return (
    <TextField {...props} value={value.join(', ')} change={(text, gesture) => change(text.split(/[\s,;]+/).filter(Boolean), gesture)} />
  );
}

/** What is no number goes into the document as it is, where it is an error that the server words. */
export function NumberField({
  value,
  change,
  ...props
}: Omit<TextProps, 'value' | 'change'> & {
  value: number | null | undefined;
  change: (value: number | undefined, gesture: string) => void;
}) {
  const parse = (text: string): number | undefined => {
    const trimmed = text.trim();
    if (trimmed === '') return undefined;
    const number = Number(trimmed);
    return Number.isFinite(number) ? number : (trimmed as unknown as number);
  };
  return <TextField {...props} value={value == null ? '' : String(value)} change={(text, gesture) => change(parse(text), gesture)} />;
}

interface ChoiceProps<T extends string> {
  label: string;
  path: string;
  value: T;
  options: readonly (readonly [T, string])[];
  change: (value: T) => void;
}

export function ChoiceField<T extends string>({ label, path, value, options, change }: ChoiceProps<T>) {
  const disabled = useLooksOnly();
  return (
    <Field label={label} path={path}>
      {(attributes) => (
        <select {...attributes} value={value} disabled={disabled} onChange={(event) => change(event.currentTarget.value as T)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function ToggleField({
  label,
  path,
  value,
  change,
}: {
  label: string;
  path: string;
  value: boolean;
  change: (value: boolean) => void;
}) {
  const disabled = useLooksOnly();
  return (
    <Field label={label} path={path}>
      {(attributes) => (
        <input
          {...attributes}
          type="checkbox"
          disabled={disabled}
          checked={value}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      )}
    </Field>
  );
}

export function AreaField({
  label,
  path,
  value,
  change,
}: {
  label: string;
  path: string;
  value: string;
  change: (text: string, gesture: string) => void;
}) {
  const readOnly = useLooksOnly();
  return (
    <Field label={label} path={path}>
      {(attributes) => (
        <textarea
          {...attributes}
          rows={3}
          readOnly={readOnly}
          value={value}
          onChange={(event) => change(event.currentTarget.value, `field ${path}`)}
          onBlur={() => useLab.getState().endGesture()}
        />
      )}
    </Field>
  );
}

/** What is seldom needed, out of the way; open where something is in it, or wrong with it. */
export function More({ label, open, children }: { label: string; open: boolean; children: ReactNode }) {
  return (
    <details className="more" open={open}>
      <summary>{label}</summary>
      {children}
    </details>
  );
}
