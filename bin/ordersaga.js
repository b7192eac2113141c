#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node, so that an old one gets a sentence instead of a crash.
// On Node older than the floor it hands over to the Node 24 of a checkout (tools/node-runtime) when there is one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major > 22 || (major === 22 && minor >= 12);
const local = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const built = new URL('../dist/cli/main.js', import.meta.url);

if (!supported && existsSync(local)) {
  const { status, signal } = spawnSync(local, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(signal ? 1 : (status ?? 1));
} else if (!supported) {
  process.stderr.write(`ordersaga needs Node.js 22.12 or newer (this is ${process.version}).\n`);
  process.exit(1);
} else if (!existsSync(built)) {
  process.stderr.write('ordersaga is not built yet: run "npm run build" first.\n');
  process.exit(1);
} else {
  await import(built.href);
}
