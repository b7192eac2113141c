import type { OrderInput } from '../../src/checkout/order.ts';
import type { Command } from '../../src/saga/command.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import type { AcceptedBook } from '../../src/verify/books.ts';
import type { Fleet, Gateway, GatewayLife } from './gateway-process.ts';
import type { PlannedOrder, Slot } from './plan.ts';
import { orderNumber } from './saga-id.ts';

/** Customers who order, repeat themselves and cancel, and operators who decide about halted sagas. */
export type People = {
  /** Requests that are still waited for or will be repeated. */
  waiting(): number;
  readonly acknowledged: readonly AcceptedBook[];
  /** Commands that were answered as done. */
  readonly obeyed: readonly { readonly sagaId: string; readonly type: SagaEvent['type'] }[];
  cancel(order: number): void;
  operate(command: 'retry' | 'skip' | 'cancel', except?: (order: number) => boolean): void;
};

const answerTimeoutMs = 3_000;
const maxTries = 12;
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

export function createPeople(fleet: Fleet, gateways: ReadonlyMap<Slot, Gateway>): People {
  const { world, disk } = fleet;
  const { scheduler, plan } = world;
  const lostAnswers = world.faultsOf('loseAnswer');
  const acknowledged: AcceptedBook[] = [];
  const answers = new Map<string, string>();
  const obeyed: { sagaId: string; type: SagaEvent['type'] }[] = [];
  let waiting = 0;

  const later = (delayMs: number, act: () => void): void => scheduler.at(scheduler.now() + delayMs, act);

  /** A gateway that listens, the wanted one if it does. */
  function listening(slot: Slot): GatewayLife | undefined {
    const wanted = gateways.get(slot)?.life();
    return (
      wanted ?? [...gateways.values()].map((gateway) => gateway.life()).find((life) => life !== undefined)
    );
  }

  function submit(planned: PlannedOrder, slot: Slot, nth: number): void {
    const { order, keyed } = planned;
    let open = true;
    waiting += 1;
    const close = (): boolean => {
      if (open) waiting -= 1;
      const wasOpen = open;
      open = false;
      return wasOpen;
    };
    const again = (delayMs: number): void => {
      if (!close() || !keyed || nth >= maxTries) return;
      waiting += 1;
      later(delayMs, () => {
        waiting -= 1;
        submit(planned, slot, nth + 1);
      });
    };
    later(answerTimeoutMs, () => again(100));
    const life = listening(slot);
    if (life === undefined) {
      again(400);
      return;
    }
    const name = `submit ${order} ${slot} ${nth} ${scheduler.now()}`;
    life.process.after(world.latencyMs(name, 'network'), () => {
      world.tell(() => `customer → ${life.process.name}: order ${order}, try ${nth}`);
      const answer = (tell: () => void): void => {
        if (!life.process.isDead()) later(world.latencyMs(`${name} back`, 'network'), () => open && tell());
      };
      life
        .acceptOrder(order)(submissionOf(planned))
        .then(
          (result) => answer(() => answered(planned, nth, result, close, again)),
          () => answer(() => again(300)),
        );
    });
  }

  function answered(
    { order, keyed }: PlannedOrder,
    nth: number,
    result: Awaited<ReturnType<ReturnType<GatewayLife['acceptOrder']>>>,
    close: () => boolean,
    again: (delayMs: number) => void,
  ): void {
    if (result.kind === 'inFlight') {
      again(200);
      return;
    }
    if (!('answer' in result)) {
      world.violations.push({
        invariant: 'I6',
        message: `order ${order}: its own key was refused as another order's`,
      });
      return;
    }
    const { kind, orderId, answer } = result;
    if (lostAnswers.some((fault) => fault.order === order && fault.nth === nth)) {
      world.count('answer to the customer lost');
      return;
    }
    close();
    world.count(`order ${kind}`);
    world.tell(() => `customer ← order ${order} ${kind} as ${orderId}`);
    acknowledged.push({ orderId, ...(keyed && { key: `key-${order}` }) });
    const first = keyed ? (answers.get(`key-${order}`) ?? answer) : answer;
    if (keyed) answers.set(`key-${order}`, first);
    if (first !== answer)
      world.violations.push({
        invariant: 'I6',
        orderId,
        message: `order ${order}: its replay differs from its first answer`,
      });
  }

  function command(sagaId: string, wanted: Command, slots: readonly Slot[]): void {
    const [slot, ...others] = slots;
    const life = slot && listening(slot);
    if (life === undefined || life.process.isDead()) return;
    waiting += 1;
    let open = true;
    const close = (): void => {
      if (open) waiting -= 1;
      open = false;
    };
    life.process.onKill(close);
    later(answerTimeoutMs, close);
    life.process.after(1, () => {
      world.tell(() => `operator → ${life.process.name}: ${wanted.kind} ${sagaId}`);
      life.engine.command(sagaId, wanted).then(
        (result) => {
          if (life.process.isDead()) return;
          close();
          world.count(`command ${wanted.kind} ${result.kind}`);
          world.tell(
            () =>
              `operator ← ${wanted.kind} ${sagaId}: ${result.kind}${result.kind === 'refused' ? `, ${result.why}` : ''}`,
          );
          if (result.kind === 'done') obeyed.push({ sagaId, type: eventOf[wanted.kind] });
          if (result.kind === 'elsewhere' && others.length > 0) command(sagaId, wanted, others);
        },
        () => {
          if (!life.process.isDead()) close();
        },
      );
    });
  }

  const allSlots = [...gateways.keys()];
  for (const planned of plan.orders) {
    scheduler.at(planned.atMs, () => submit(planned, planned.slot, 1));
    for (const repeat of world.faultsOf('submitAgain'))
      if (repeat.order === planned.order && planned.keyed) {
        world.count('order submitted again');
        scheduler.at(planned.atMs + repeat.afterMs, () => submit(planned, repeat.slot, 1));
      }
  }

  return {
    waiting: () => waiting,
    acknowledged,
    obeyed,
    cancel(order) {
      const sagaId = [...disk.sagas.keys()].find((id) => orderNumber(id) === order);
      if (sagaId !== undefined)
        command(sagaId, { kind: 'cancel', by: 'customer', reason: 'changed my mind' }, allSlots);
    },
    operate(kind, except = () => false) {
      for (const { record } of [...disk.sagas.values()]) {
        if (record.status !== 'halted' || except(orderNumber(record.id))) continue;
        const by = { by: 'operator', reason: 'looked into it' };
        const step = haltedStep(disk, record.id);
        command(record.id, kind === 'skip' ? { kind, step, ...by } : { kind, ...by }, allSlots);
      }
    },
  };
}

const eventOf: Readonly<Record<Command['kind'], SagaEvent['type']>> = {
  cancel: 'CancelRequested',
  retry: 'RetryRequested',
  skip: 'StepSkipped',
};

function haltedStep(disk: Fleet['disk'], sagaId: string): string {
  const last = disk.sagas.get(sagaId)?.rows.at(-1);
  const event: SagaEvent | undefined = last && JSON.parse(last.data);
  return event?.type === 'SagaHalted' ? event.step : '';
}

function submissionOf({ order, items, keyed }: PlannedOrder) {
  const totalMinor = items.reduce((sum, { quantity, priceMinor }) => sum + quantity * priceMinor, 0);
  const input: OrderInput = { customerId: `customer-${order}`, currency: 'USD', items, totalMinor };
  return { input, scope: 'all', traceparent, ...(keyed && { idempotencyKey: `key-${order}` }) };
}
