import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { moduleBeside } from '../stores/module-beside.ts';
import type { FromVictim, ToVictim } from './messages.ts';

/** A process of the system that will die, or be killed. */
export type Victim = {
  /** Resolves once it listens; rejects when it ends before, which a recovery that is killed does. */
  readonly ready: Promise<{ readonly url: string; readonly readyMs: number }>;
  /** Resolves with the boundary at which it died; rejects when it ended otherwise, with what it wrote. */
  readonly died: Promise<string>;
  /** Id of the saga whose charge is held back. */
  readonly holding: Promise<string>;
  /** Sets its trap; resolves once it is set. */
  arm(trap: { readonly at?: number; readonly holdCharge: boolean }): Promise<void>;
  /** The boundaries passed since `arm`. */
  passed(): Promise<readonly string[]>;
  /** Kills it now; resolves once it is gone. */
  kill(): Promise<void>;
};

export type VictimOptions = {
  readonly dataDir: string;
  /** Boundary of its recovery at which it dies, 1-based. Default: none. */
  readonly dieInRecoveryAt?: number;
  /** Milliseconds that only ever grow. */
  readonly elapsedMs: () => number;
};

const program = fileURLToPath(moduleBeside('crash-child', import.meta.url));
const longestLog = 16 * 1024;

export function startVictim({ dataDir, dieInRecoveryAt, elapsedMs }: VictimOptions): Victim {
  const startedMs = elapsedMs();
  const child = spawn(
    process.execPath,
    [program, dataDir, ...(dieInRecoveryAt === undefined ? [] : [String(dieInRecoveryAt)])],
    // Detached, so that a Ctrl-C on the terminal reaches the explorer only; it ends when its stdin does.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const ready = Promise.withResolvers<{ readonly url: string; readonly readyMs: number }>();
  const holding = Promise.withResolvers<string>();
  const armed: (() => void)[] = [];
  const passed: ((boundaries: readonly string[]) => void)[] = [];
  const death = followDeath(child);

  function heed(message: FromVictim): void {
    switch (message.kind) {
      case 'ready':
        ready.resolve({ url: message.url, readyMs: elapsedMs() - startedMs });
        break;
      case 'armed':
        armed.shift()?.();
        break;
      case 'holding':
        holding.resolve(message.sagaId);
        break;
      case 'passed':
        passed.shift()?.(message.boundaries);
        break;
      case 'dying':
        death.expect(message.boundary);
        break;
      default:
        message satisfies never;
    }
  }

  createInterface({ input: child.stdout }).on('line', (line) => heed(JSON.parse(line)));
  const tell = (message: ToVictim): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  death.died.then(
    (boundary) => ready.reject(new Error(`it died at ${boundary} before it was ready`)),
    (error: unknown) => ready.reject(error),
  );
  // It may reject before anything awaits it.
  ready.promise.catch(() => {});
  return {
    ready: ready.promise,
    died: death.died,
    holding: holding.promise,
    arm(trap) {
      tell({ kind: 'arm', ...trap });
      return new Promise((resolve) => armed.push(resolve));
    },
    passed() {
      tell({ kind: 'report' });
      return new Promise((resolve) => passed.push(resolve));
    },
    kill: death.kill,
  };
}

function followDeath(child: ChildProcess) {
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-longestLog);
  });
  // It may be gone while it is told something.
  child.stdin?.on('error', () => {});
  let boundary: string | undefined;
  const died = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    // After the last line of its output.
    child.on('close', (code, signal) => {
      if (boundary !== undefined && signal === 'SIGKILL') resolve(boundary);
      else reject(new Error(`the system ended by itself with ${code ?? signal}:\n${log}`));
    });
  });
  died.catch(() => {});
  return {
    died,
    expect(at: string): void {
      boundary = at;
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await died.catch(() => {});
    },
  };
}
