import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { boot } from '../boot.ts';
import { freePorts, resolveConfig } from '../config.ts';
import type { FromVictim, ToVictim } from './messages.ts';
import { createTrap, type Trap } from './trap.ts';
import { type Watcher, watchParticipant, watchSagaLog } from './watched-engine.ts';

/** Where a victim keeps its data, and where it dies. */
export type VictimLife = {
  readonly dataDir: string;
  /** Boundary at which it dies, 1-based, counted from its start. Default: none until it is armed. */
  readonly dieInRecoveryAt?: number;
};

/** Runs the real system, all services, and obeys what comes on stdin. Resolves once it is ready. */
export async function liveUntilKilled({ dataDir, dieInRecoveryAt }: VictimLife): Promise<void> {
  const trap = createTrap((boundary) => {
    say({ kind: 'dying', boundary });
    process.kill(process.pid, 'SIGKILL');
  });
  trap.set(dieInRecoveryAt);
  const hold = createHold();
  const watcher: Watcher = { pass: trap.pass, ...hold.watch };
  const { config } = resolveConfig({ ...freePorts, dataDir, logLevel: 'error', logFormat: 'json' }, {});
  const running = await boot(config, {
    sagaLog: (log) => watchSagaLog(log, watcher),
    participant: (participant) => watchParticipant(participant, watcher),
  });
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => obey(JSON.parse(line), trap, hold));
  // Its explorer is gone.
  orders.on('close', () => process.exit());
  say({ kind: 'ready', url: `http://${running.http?.address}` });
}

// Synchronous, so that the last words are out before the end.
const say = (message: FromVictim): void => void writeSync(1, `${JSON.stringify(message)}\n`);

/** Keeps the answer of a charge back until the customer's cancel is durable. */
function createHold() {
  let isOn = false;
  const cancelled = Promise.withResolvers<void>();
  const watch: Omit<Watcher, 'pass'> = {
    committed({ type }) {
      if (type === 'CancelRequested') cancelled.resolve();
    },
    async answered(sagaId, operation) {
      if (!isOn || operation !== 'charge-payment') return;
      say({ kind: 'holding', sagaId });
      await cancelled.promise;
    },
  };
  return {
    watch,
    switch(on: boolean): void {
      isOn = on;
    },
  };
}

function obey(message: ToVictim, trap: Trap, hold: ReturnType<typeof createHold>): void {
  switch (message.kind) {
    case 'arm':
      hold.switch(message.holdCharge);
      trap.set(message.at);
      say({ kind: 'armed' });
      break;
    case 'report':
      say({ kind: 'passed', boundaries: trap.passed() });
      break;
    default:
      message satisfies never;
  }
}
