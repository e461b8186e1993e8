/** A dialog that asks once more, with room for a reason: what a person steers is recorded with their words. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface ConfirmationProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says that does it. */
  readonly verb: string;
  readonly dangerous?: boolean;
  readonly reasonRequired?: boolean;
  readonly confirmed: (reason: string) => void;
  readonly closed: () => void;
}

export function Confirmation(props: ConfirmationProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const lacking = props.reasonRequired === true && reason.trim() === "";
  const submit = (event: Event): void => {
    event.preventDefault();
    if (lacking) return;
    props.confirmed(reason.trim());
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} class="confirmation" aria-labelledby="confirmation-title" onClose={props.closed}>
      <form onSubmit={submit}>
        <h2 id="confirmation-title">{props.title}</h2>
        {props.children}
        <label class="field">
          <span>Why{props.reasonRequired === true ? "" : " (may be left empty)"}, as it will be recorded</span>
          <input
            type="text"
            maxLength={2_000}
            value={reason}
            required={props.reasonRequired === true}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={props.dangerous === true ? "danger" : "primary"} disabled={lacking}>
            {props.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
