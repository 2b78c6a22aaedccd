/** Asks once more before what cannot be undone by who does it. */
import { AlertDialog } from 'radix-ui';

interface ConfirmProps {
  open: boolean;
  close: () => void;
  title: string;
  hint: string;
  keep: string;
  act: string;
  onAct: () => void;
}

export function Confirm({ open, close, title, hint, keep, act, onAct }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="overlay" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title>{title}</AlertDialog.Title>
          <AlertDialog.Description>{hint}</AlertDialog.Description>
          <div className="dialog-buttons">
            <AlertDialog.Cancel className="btn">{keep}</AlertDialog.Cancel>
            <AlertDialog.Action className="btn danger" onClick={onAct}>
              {act}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
