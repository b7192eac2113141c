import type { SagaEvent } from './event.ts';

/** What a person can decide about a saga. `skip` names the step, so that a late command cannot skip another one. */
export type Choice = { readonly kind: 'cancel' | 'retry' } | { readonly kind: 'skip'; readonly step: string };

/** A person's decision about a saga, kept in its log with name and reason. */
export type Command = Choice & { readonly by: string; readonly reason: string };

/** The event that a decision becomes. */
export function eventFromCommand(command: Command): SagaEvent {
  const { by, reason } = command;
  switch (command.kind) {
    case 'cancel':
      return { type: 'CancelRequested', by, reason };
    case 'retry':
      return { type: 'RetryRequested', by, reason };
    case 'skip':
      return { type: 'StepSkipped', step: command.step, by, reason };
  }
}
