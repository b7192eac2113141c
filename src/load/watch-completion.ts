import { Agent, get } from 'node:http';

/**
 * Resolves when the order's event stream shows the end of its saga: what a watching client would see. `lost` when the
 * stream broke off or the saga was halted.
 */
export type WatchCompletion = (orderId: string) => Promise<'finished' | 'lost'>;

const end = /^event: (?:SagaCompleted|SagaCompensated|(SagaHalted))$/m;

/** Watches orders by their event streams. */
export function createCompletionWatch(
  url: string,
  token: string | undefined,
): { readonly watch: WatchCompletion; close(): void } {
  const agent = new Agent({ keepAlive: true });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const watch: WatchCompletion = (orderId) =>
    new Promise((resolve) => {
      const request = get(`${url}/orders/${orderId}/events`, { agent, headers }, (response) => {
        let tail = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          tail = (tail + text).slice(-4_096);
          const [found, halted] = end.exec(tail) ?? [];
          if (found !== undefined) resolve(halted === undefined ? 'finished' : 'lost');
        });
        response.on('close', () => resolve('lost'));
      });
      request.on('error', () => resolve('lost'));
    });
  return { watch, close: () => agent.destroy() };
}
