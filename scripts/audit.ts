// Asks the registry whether a dependency has a known hole, and fails for one that is high or critical. Development
// dependencies count: the bundle is made from them. A registry that cannot be asked is no hole; with --strict it fails.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', timeout: 120_000 });

type Report = { readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> } };

function reportFrom(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}

const found = reportFrom(stdout).metadata?.vulnerabilities;
if (found === undefined) {
  process.stderr.write('audit: the registry could not be asked\n');
  process.exitCode = process.argv.includes('--strict') ? 1 : 0;
} else {
  const { high = 0, critical = 0, total = 0 } = found;
  process.stdout.write(`audit: ${total} known holes, ${high} high, ${critical} critical\n`);
  process.exitCode = high + critical > 0 ? 1 : 0;
}
