/** The clients of bench/commit.ts, in a thread of their own: each sends a byte, waits for one, and sends the next. */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

const { port, clients, durationMs } = workerData as { port: number; clients: number; durationMs: number };
const latenciesMs: number[] = [];
const startedMs = performance.now();

function client(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      socket.write('x');
    };
    socket.on('connect', send);
    socket.on('data', () => {
      latenciesMs.push(performance.now() - sentMs);
      if (performance.now() - startedMs < durationMs) send();
      else socket.end();
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

await Promise.all(Array.from({ length: clients }, client));
latenciesMs.sort((a, b) => a - b);
const at = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
parentPort?.postMessage({
  perSecond: (latenciesMs.length / (performance.now() - startedMs)) * 1_000,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
});
