import { useEffect, useState } from 'preact/hooks';
import { endText } from '../../checkout/explanation.ts';
import type { BulkAnswer, BulkResultAnswer, DecisionKind, SagaCommand } from '../../contract/decisions.ts';
import { decide, type Intervention, preview } from '../intervention.ts';
import { plural, shortId, statusWords } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import { Failure } from './notice.tsx';
import { ReasonForm } from './reason-form.tsx';

export const commandWords: Readonly<
  Record<DecisionKind, { readonly button: string; readonly about: string; readonly title: string }>
> = {
  retry: {
    button: 'Retry',
    title: 'Try again',
    about: 'The step that halted is called again, with the same idempotency key, so it takes effect once.',
  },
  skip: {
    button: 'Skip step',
    title: 'Skip the step',
    about:
      'You declare that the step was handled by hand. Nothing checks that, and the books rely on it. If the step can work again, retry it instead.',
  },
  cancel: {
    button: 'Cancel order',
    title: 'Undo everything',
    about: 'Everything that took effect, or may have, is undone, last step first.',
  },
};

// Nobody reads a longer list to its end.
const maxShown = 20;

/** Shows what a decision would do, takes the reason, makes the decision, and shows what became of it. */
export function CommandDialog({
  intervention,
  subject,
  onClose,
}: {
  readonly intervention: Intervention;
  /** What it is about, e.g. "3 sagas". */
  readonly subject: string;
  /** @param done whether any decision was made */
  readonly onClose: (done: boolean) => void;
}) {
  const [foreseen, setForeseen] = useState<BulkAnswer>();
  const [outcome, setOutcome] = useState<BulkAnswer>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const words = commandWords[intervention.kind];
  const title = `${words.title}: ${subject}`;
  const allowed = foreseen?.counts.allowed ?? 0;

  useEffect(() => {
    preview(intervention).then(setForeseen, setError);
  }, []);

  function make(said: SagaCommand): void {
    setBusy(true);
    setError(undefined);
    decide(intervention, said)
      .then(setOutcome, setError)
      .finally(() => setBusy(false));
  }

  if (outcome !== undefined) return <Made title={title} outcome={outcome} onClose={() => onClose(true)} />;
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      <p>{words.about}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="preview" aria-busy={foreseen === undefined} aria-label="What will happen" tabIndex={0}>
        {foreseen === undefined ? (
          <p class="muted">{error ? 'Nothing can be said about it.' : 'Working out what will happen…'}</p>
        ) : (
          <Foreseen outcome={foreseen} />
        )}
      </section>
      <Failure error={error} />
      <ReasonForm
        button={`${words.button}${allowed > 1 ? ` (${allowed})` : ''}`}
        tone={intervention.kind === 'retry' ? 'primary' : 'danger'}
        kept="kept in the saga log"
        example="INC-1234: payment provider is back"
        allowed={allowed > 0}
        busy={busy}
        onSay={make}
        onLeave={() => onClose(false)}
      />
    </Dialog>
  );
}

const Foreseen = ({ outcome }: { readonly outcome: BulkAnswer }) => (
  <>
    <ul class="consequences">
      {outcome.results.slice(0, maxShown).map((result) => (
        <li key={result.id}>
          <code>{shortId(result.id)}</code>
          {result.result === 'allowed' ? (
            <Effects result={result} />
          ) : (
            <span class="tone-bad">{refusalText(result)}</span>
          )}
        </li>
      ))}
    </ul>
    {outcome.results.length > maxShown && (
      <p class="muted">
        And {plural(outcome.results.length - maxShown, 'more saga')}: {outcome.counts.allowed} allowed,{' '}
        {outcome.results.length - outcome.counts.allowed} refused in all.
      </p>
    )}
    {outcome.has_more && (
      <p class="muted">More match, or may, than one decision takes; decide again for the rest.</p>
    )}
    {outcome.results.length === 0 && <p>None of them waits any more.</p>}
  </>
);

const Effects = ({
  result: { calls = [], status, by_hand: byHand },
}: {
  readonly result: BulkResultAnswer;
}) => (
  <ol>
    {calls.map(({ effect }) => (
      <li key={effect}>{effect}</li>
    ))}
    {status && <li class="end">{status === 'halted' ? 'Then it waits again.' : endText(status, byHand)}</li>}
  </ol>
);

const refusalText = ({ result, why }: BulkResultAnswer): string => {
  if (result === 'not_found') return 'There is no such saga.';
  return `${result === 'failed' ? 'Failed' : 'Not possible'}: ${why ?? result}.`;
};

const Made = ({
  title,
  outcome,
  onClose,
}: {
  readonly title: string;
  readonly outcome: BulkAnswer;
  readonly onClose: () => void;
}) => {
  const refused = outcome.results.filter(({ result }) => result !== 'done');
  const statuses = new Set(outcome.results.flatMap(({ status }) => (status === undefined ? [] : [status])));
  return (
    <Dialog title={title} onClose={onClose}>
      <div role="status" class="results">
        {outcome.counts.done > 0 && (
          <p class="tone-good">
            <Icon name="completed" /> {plural(outcome.counts.done, 'decision')} recorded in the log, with your
            reason.{' '}
            {statuses.size === 1 &&
              `Now: ${[...statuses].map((status) => statusWords[status].toLowerCase()).join()}.`}
          </p>
        )}
        {refused.length > 0 && (
          <ul class="consequences">
            {refused.slice(0, maxShown).map((result) => (
              <li key={result.id}>
                <code>{shortId(result.id)}</code>
                <span class="tone-bad">{refusalText(result)}</span>
              </li>
            ))}
          </ul>
        )}
        {refused.length > maxShown && <p class="muted">And {refused.length - maxShown} more.</p>}
        {outcome.has_more && <p>More match, or may; decide again for the rest.</p>}
      </div>
      <footer class="dialog-foot">
        <button type="button" class="primary" onClick={onClose} autofocus>
          Close
        </button>
      </footer>
    </Dialog>
  );
};
