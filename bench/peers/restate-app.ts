// The order saga on Restate, as its guide on sagas writes it: each call is a `ctx.run`, a list of compensations is run
// backwards on a TerminalError. https://docs.restate.dev/guides/sagas
import process from 'node:process';
import * as restate from '@restatedev/restate-sdk';
import { connectOrderCalls, type PeerOrder } from './order-calls.ts';

const calls = connectOrderCalls(JSON.parse(process.argv[2] ?? '{}'));

type Step = readonly [name: string, act: keyof typeof calls, undo?: readonly [string, keyof typeof calls]];

const steps: readonly Step[] = [
  ['create-order', 'createOrder', ['cancel-order', 'cancelOrder']],
  ['reserve-stock', 'reserveStock', ['release-stock', 'releaseStock']],
  ['charge-payment', 'chargePayment', ['refund-payment', 'refundPayment']],
  ['confirm-order', 'confirmOrder'],
];

const orders = restate.service({
  name: 'orders',
  handlers: {
    async submit(ctx: restate.Context, order: PeerOrder) {
      const id = ctx.rand.uuidv4();
      const compensations: (() => Promise<unknown>)[] = [];
      try {
        for (const [name, act, undo] of steps) {
          if (undo) compensations.push(async () => ctx.run(undo[0], () => calls[undo[1]](id, order)));
          await ctx.run(name, async () => {
            const refusal = await calls[act](id, order);
            if (refusal !== undefined) throw new restate.TerminalError(refusal);
          });
        }
        return { id, status: 'CONFIRMED' };
      } catch (error) {
        if (!(error instanceof restate.TerminalError)) throw error;
        for (const compensate of compensations.toReversed()) await compensate();
        return { id, status: 'CANCELLED', reason: error.message };
      }
    },
  },
});

const port = await restate.serve({ services: [orders], port: 0, logger: () => {} });
process.stdout.write(`${JSON.stringify({ port })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
