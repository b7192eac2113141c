import type { ChargeVerdict, PaymentProcessor } from '../../src/services/payment/processor.ts';
import type { MovementBook } from '../../src/verify/books.ts';
import { orderNumber } from './saga-id.ts';
import { never, type SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** The outside company that moves the money. It keeps its promises and its own books, and it is slow and lossy. */
export type SimulatedBank = {
  /** As one life of the payment service sees it. */
  connectedTo(process: SimulatedProcess): PaymentProcessor;
  readonly statement: MovementBook[];
};

type Account = { readonly currency: string; readonly amountMinor: number; readonly verdict: ChargeVerdict };

export function createSimulatedBank(world: World): SimulatedBank {
  const { scheduler, plan } = world;
  const statement: MovementBook[] = [];
  const charges = new Map<string, Account>();
  const refunded = new Set<string>();
  const calls = new Map<string, number>();
  const faults = world.faultsOf('processor');

  function charge(
    key: string,
    customerId: string,
    money: { currency: string; amountMinor: number },
  ): ChargeVerdict {
    const known = charges.get(key);
    if (known) return known.verdict;
    const { order } = plan.orders.find((planned) => `customer-${planned.order}` === customerId) ?? {};
    const declined = plan.orders.find((planned) => planned.order === order)?.declined ?? false;
    let verdict: ChargeVerdict = { kind: 'approved', reference: `bank-${key}` };
    if (declined) verdict = { kind: 'declined', code: 'payment_declined', message: 'no' };
    if (refunded.has(key)) {
      world.count('charge after its refund');
      verdict = { kind: 'declined', code: 'already_refunded', message: 'the refund came first' };
    }
    charges.set(key, { ...money, verdict });
    if (verdict.kind === 'approved') statement.push({ orderId: sagaIdOf(key), kind: 'charge', ...money });
    return verdict;
  }

  function refund(key: string): void {
    const account = charges.get(key);
    if (account?.verdict.kind === 'approved' && !refunded.has(key)) {
      const { currency, amountMinor } = account;
      statement.push({ orderId: sagaIdOf(key), kind: 'refund', currency, amountMinor });
    }
    refunded.add(key);
  }

  /** One call over the wire: takes effect after a while, answers after another. */
  function over<Value>(
    process: SimulatedProcess,
    call: 'charge' | 'refund',
    key: string,
    effect: () => Value,
  ): Promise<Value> {
    if (process.isDead()) return never();
    const order = orderNumber(sagaIdOf(key));
    const nth = (calls.get(`${call} ${order}`) ?? 0) + 1;
    calls.set(`${call} ${order}`, nth);
    const fault = faults.find(
      (candidate) => candidate.order === order && candidate.call === call && candidate.nth === nth,
    );
    if (fault) world.count(`processor ${fault.effect}`);
    const name = `bank ${call} ${order} ${nth}`;
    const delayMs = world.latencyMs(name, 'network') + (fault?.effect === 'late' ? fault.ms : 0);
    return new Promise((resolve, reject) => {
      const answer = (tell: () => void): void =>
        process.after(world.latencyMs(`${name} back`, 'network'), tell);
      if (fault?.effect === 'errorBefore')
        return answer(() => reject(new Error('the processor is not there')));
      scheduler.at(scheduler.now() + delayMs, () => {
        const value = effect();
        world.tell(() => `bank: ${call} ${key} reaches it${fault ? ` (${fault.effect})` : ''}`);
        answer(() =>
          fault?.effect === 'errorAfter' ? reject(new Error('the processor broke off')) : resolve(value),
        );
      });
    });
  }

  return {
    statement,
    connectedTo: (process) => ({
      charge: ({ key, customerId, amount }) =>
        over(process, 'charge', key, () => charge(key, customerId, { ...amount })),
      refund: ({ key }) => over(process, 'refund', key, () => refund(key)),
    }),
  };
}

const sagaIdOf = (key: string): string => key.split(':')[0] ?? key;
