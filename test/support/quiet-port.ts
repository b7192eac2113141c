import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which systems give out ports for outgoing connections (32768 on Linux, 49152 elsewhere), so
// that nobody takes the port of a service while it is down.
const lowest = 12_000;
const highest = 32_000;

/** A free port on 127.0.0.1 that stays free while whoever uses it restarts. */
export async function quietPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
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
