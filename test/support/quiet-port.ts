import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which systems give out ports for outgoing connections (32768 on Linux, 49152 elsewhere), so
// that nobody takes the port of a service while it is down.
const lowest = 12_000;
const share = 2_500;
const shares = 8;

// Every worker of the test runner has a share of its own, or the system of one would start on the port of a system that
// another has just killed, and get its orders.
const first = lowest + (Number(process.env.VITEST_POOL_ID ?? 0) % shares) * share;
let next = Math.floor(Math.random() * share);

/** A port on 127.0.0.1 that is free, and given to nobody else while whoever uses it restarts. */
export async function quietPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = first + (next % share);
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error('no free port was found');
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
