import { useState } from 'preact/hooks';
import type { SagaCommand } from '../../contract/decisions.ts';
import { useStanding } from '../standing.ts';
import { callsText, type EngineSwitch, switchEngine } from '../switch-engine.ts';
import { plural } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import { Failure } from './notice.tsx';
import { ReasonForm } from './reason-form.tsx';

/** Says what holding calls back (or letting them leave) means, takes the reason, and does it. */
export function PauseDialog({
  decision,
  onClose,
}: {
  readonly decision: EngineSwitch;
  readonly onClose: () => void;
}) {
  const { reload } = useStanding();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const isPause = decision.verb === 'pause';
  const calls = callsText(decision.participant);
  const title = isPause ? `Pause ${calls}` : `Resume ${calls}`;

  function make(said: SagaCommand): void {
    setBusy(true);
    setError(undefined);
    switchEngine(decision, said)
      .then(() => {
        setDone(true);
        reload();
      }, setError)
      .finally(() => setBusy(false));
  }

  if (isDone) return <Made title={title} decision={decision} onClose={onClose} />;
  return (
    <Dialog title={title} onClose={onClose}>
      <section class="preview whole" aria-label="What will happen">
        <Consequences decision={decision} />
      </section>
      <Failure error={error} />
      <ReasonForm
        button={isPause ? 'Pause' : 'Resume'}
        tone={isPause ? 'danger' : 'primary'}
        kept="kept with the pause"
        example={isPause ? 'CHG-1234: new disks for payment' : 'CHG-1234: disks are in'}
        busy={busy}
        onSay={make}
        onLeave={onClose}
      />
    </Dialog>
  );
}

const Consequences = ({ decision: { verb, participant } }: { readonly decision: EngineSwitch }) => {
  const { overview } = useStanding();
  const unfinished = overview && overview.counts.running + overview.counts.compensating;
  const others = overview?.engine.pauses.some((pause) => pause.participant !== participant);
  const waiting =
    unfinished === undefined
      ? ''
      : `${plural(unfinished, 'saga')} ${unfinished === 1 ? 'is' : 'are'} under way now.`;
  if (verb === 'resume')
    return (
      <ul class="points">
        <li>Whatever waits goes on at once. {waiting}</li>
        <li>Orders whose deadline has passed meanwhile are undone instead of confirmed.</li>
        {others && <li>This ends one pause; the other one stays.</li>}
      </ul>
    );
  return (
    <ul class="points">
      <li>Calls under way end. No other begins, undos included, until somebody resumes. {waiting}</li>
      <li>New orders are still accepted and wait, up to the bound on live sagas.</li>
      <li>Deadlines go on: an order that is not confirmed in time turns back.</li>
      <li>It outlives a restart and holds for every gateway on this log.</li>
    </ul>
  );
};

const Made = ({
  title,
  decision,
  onClose,
}: {
  readonly title: string;
  readonly decision: EngineSwitch;
  readonly onClose: () => void;
}) => (
  <Dialog title={title} onClose={onClose}>
    <p role="status" class="tone-good">
      <Icon name="completed" />{' '}
      {decision.verb === 'pause'
        ? `Done: ${callsText(decision.participant)} are held back.`
        : `Done: ${callsText(decision.participant)} may leave again.`}
    </p>
    <footer class="dialog-foot">
      <button type="button" class="primary" onClick={onClose} autofocus>
        Close
      </button>
    </footer>
  </Dialog>
);
