#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node, so that an old one gets a sentence instead of a crash.
// On Node older than the floor it hands over to the Node 24 of a checkout (tools/node-runtime) when there is one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major > 22 || (major === 22 && minor >= 12);
const local = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const handedOver = 'ORDERSAGA_HANDED_OVER';
const built = new URL('../dist/main.js', import.meta.url);

if (!supported && existsSync(local)) {
  handOver(local);
} else if (!supported) {
  process.stderr.write(`ordersaga needs Node.js 22.12 or newer (this is ${process.version}).\n`);
  process.exitCode = 1;
} else if (!existsSync(built)) {
  process.stderr.write('ordersaga is not built yet: run "npm run build" first.\n');
  process.exitCode = 1;
} else {
  endWithStarter();
  // Compiled code is kept between runs: the time from a crash to ready is mostly time to load.
  nodeModule.enableCompileCache?.();
  // Written out early, so that a process that is killed leaves it behind for the next one.
  setTimeout(() => nodeModule.flushCompileCache?.(), 2_000).unref();
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2));
}

/** Runs the same command on another Node and ends the way it ends, signals included. */
function handOver(node) {
  const child = spawn(node, process.argv.slice(1), {
    // The channel carries nothing. That it closes tells the other process that this one is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [handedOver]: '1' },
  });
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    // A terminal sends these two to the child as well; forwarding them would make one Ctrl-C look like two.
    const reachesChildAnyway = process.stdin.isTTY && signal !== 'SIGTERM';
    const listener = () => {
      if (!reachesChildAnyway) child.kill(signal);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  child.on('error', (error) => {
    process.stderr.write(`ordersaga cannot run ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const [name, listener] of listeners) process.off(name, listener);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

/**
 * A process that was handed over to ends with the one that was started, however that one ended: kill -9 reaches only
 * the process that its sender knows of, and would leave the other one on its ports.
 */
function endWithStarter() {
  if (process.env[handedOver] === undefined) return;
  // Not for processes that this one starts, nor for its configuration, which knows every ORDERSAGA_ variable.
  delete process.env[handedOver];
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
}
