import { useState } from 'preact/hooks';
import type { SagaCommand } from '../../contract/decisions.ts';
import { getOperator, setOperator } from '../session.ts';
import { useStanding } from '../standing.ts';

/** Takes the reason without which no decision is made. */
export function ReasonForm({
  button,
  tone,
  kept,
  example,
  allowed = true,
  busy,
  onSay,
  onLeave,
}: {
  /** What the button says. */
  readonly button: string;
  readonly tone: 'primary' | 'danger';
  /** Where the reason goes, e.g. "kept in the saga log". */
  readonly kept: string;
  /** A good reason. */
  readonly example: string;
  /** Whether there is anything to decide. Default true. */
  readonly allowed?: boolean;
  readonly busy: boolean;
  readonly onSay: (said: SagaCommand) => void;
  readonly onLeave: () => void;
}) {
  const { caller } = useStanding();
  const [reason, setReason] = useState('');
  const [operator, setName] = useState(getOperator());
  const name = operator.trim();
  const isReady = allowed && reason.trim() !== '' && !busy;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady) return;
        setOperator(name);
        onSay({ reason: reason.trim(), ...(name !== '' && { operator: name }) });
      }}
    >
      <label>
        <span class="label">
          Reason <span class="muted">({kept})</span>
        </span>
        <textarea
          rows={2}
          maxLength={256}
          required
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value.replaceAll(/\s+/g, ' '))}
          placeholder={`e.g. ${example}`}
          autofocus
        />
      </label>
      {caller?.name === undefined ? (
        <label>
          <span class="label">
            Your name <span class="muted">(kept beside it)</span>
          </span>
          <input
            value={operator}
            maxLength={128}
            autocomplete="username"
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
      ) : (
        <p class="muted">
          Recorded as <b>{caller.name}</b>, the name of your token.
        </p>
      )}
      <footer class="dialog-foot">
        <button type="button" onClick={onLeave}>
          Leave it
        </button>
        <button type="submit" class={tone} disabled={!isReady}>
          {busy ? 'Working…' : button}
        </button>
      </footer>
    </form>
  );
}
