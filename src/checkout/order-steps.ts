import { formatMinor } from './money.ts';
import type { OrderInput } from './order.ts';
import { orderSteps } from './order-saga.ts';

type Step = (typeof orderSteps)[number];

/**
 * The steps of the order saga. They are in every stored log and every idempotency key, so a name must keep its meaning.
 */
export type StepName = Step['name'];

type Participant = Step['participant'];
type Performed<By extends Participant> = Extract<Step, { readonly participant: By }>;
type CompensationOf<Of> = Of extends { readonly compensation: { readonly name: infer Name extends string } }
  ? Name
  : never;

/** The actions and compensations that a participant performs, by the names that the definition gives them. */
export type OperationName<By extends Participant> = Performed<By>['name'] | CompensationOf<Performed<By>>;

/** What a participant is asked about its actions in doubt. */
export type InquiryName<By extends Participant> = Performed<By>['inquiry']['name'];

/** The parts of an order that sentences name. */
export type OrderWords = { readonly items: string; readonly total: string; readonly customer: string };

/** The wording of a step. Nouns and effects start in lower case; sentences start in upper case and have no full stop. */
export type StepWords = {
  /** The action as a noun: "charging the payment". */
  readonly what: string;
  /** The action in the imperative: "charge 100.00 USD". */
  effect(order: OrderWords): string;
  /** A sentence: it happened. */
  did(order: OrderWords): string;
  /** A sentence: the participant said no. */
  readonly refused: string;
  /** A sentence: it happened, and the order is not finished. */
  stands(order: OrderWords): string;
  readonly undo: UndoWords;
};

type UndoWords = {
  readonly what: string;
  effect(order: OrderWords): string;
  did(order: OrderWords): string;
  /** Said of an undo whose action may never have happened. */
  readonly unless: string;
};

const undoneUnnamed = (step: string): UndoWords => ({
  what: `undoing ${step}`,
  effect: () => `undo ${step}`,
  did: () => `Undid ${step}`,
  unless: 'if it ever happened',
});

const words: Readonly<Record<StepName, StepWords>> = {
  'create-order': {
    what: 'recording the order',
    effect: () => 'record the order',
    did: () => 'Recorded the order',
    refused: 'The order was not recorded',
    stands: () => 'The order is recorded, and neither confirmed nor cancelled',
    undo: {
      what: 'cancelling the order',
      effect: () => 'mark the order as cancelled',
      did: () => 'Cancelled the order',
      unless: 'if it was ever recorded',
    },
  },
  'reserve-stock': {
    what: 'reserving stock',
    effect: ({ items }) => `reserve ${items}`,
    did: ({ items }) => `Reserved ${items}`,
    refused: 'Stock was not reserved',
    stands: ({ items }) => `${items} is held for it`,
    undo: {
      what: 'giving stock back',
      effect: ({ items }) => `release ${items}`,
      did: ({ items }) => `Gave ${items} back to stock`,
      unless: 'if it was ever reserved',
    },
  },
  'charge-payment': {
    what: 'charging the payment',
    effect: ({ total }) => `charge ${total}`,
    did: ({ total, customer }) => `Charged ${total} to ${customer}`,
    refused: 'Payment was declined',
    stands: ({ total }) => `${total} is charged, for an order that is not finished`,
    undo: {
      what: 'refunding the payment',
      effect: ({ total }) => `refund ${total}`,
      did: ({ total, customer }) => `Refunded ${total} to ${customer}`,
      unless: 'if it was ever charged',
    },
  },
  'confirm-order': {
    what: 'confirming the order',
    effect: () => 'confirm the order',
    did: () => 'Confirmed the order',
    refused: 'The order was not confirmed',
    stands: () => 'The order is confirmed',
    // Nothing undoes the pivot; only a damaged log can say that something did.
    undo: undoneUnnamed('confirm-order'),
  },
};

const names: ReadonlySet<string> = new Set(orderSteps.map(({ name }) => name));

/** Whether a name that was read somewhere is a step of the order saga. */
export const isStepName = (name: string): name is StepName => names.has(name);

/** The words of a step. One that is not known here, in a log of another version or a damaged one, is called unknown. */
export const wordsOf = (step: string): StepWords => (isStepName(step) ? words[step] : unknown(step));

function unknown(step: string): StepWords {
  const named = `the unknown step ${step}`;
  return {
    what: named,
    effect: () => `do ${named}`,
    did: () => `Did ${named}`,
    refused: `The unknown step ${step} was refused`,
    stands: () => `The unknown step ${step} took effect`,
    undo: undoneUnnamed(named),
  };
}

const compensations: readonly (readonly [compensation: string, step: StepName])[] = orderSteps.flatMap(
  (step) => ('compensation' in step ? [[step.compensation.name, step.name] as const] : []),
);
const stepOf: ReadonlyMap<string, StepName> = new Map(compensations);

/** The step that a compensation undoes; undefined for everything that is no compensation. */
export const stepUndoneBy = (operation: string): StepName | undefined => stepOf.get(operation);

/** The compensation of a step; the step's own name when nothing undoes it. */
export const undoneBy = (step: string): string =>
  compensations.find(([, undone]) => undone === step)?.[0] ?? step;

export const orderWords = ({ customerId, currency, items, totalMinor }: OrderInput): OrderWords => ({
  items: items.map(({ quantity, productId }) => `${quantity} × ${productId}`).join(', '),
  total: `${formatMinor(totalMinor, currency)} ${currency}`,
  customer: customerId,
});
