// Proves that src/gen is what buf makes of proto/ today: generates into a temporary directory and compares every file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function filesUnder(directory: string): Map<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}

const scratch = mkdtempSync(join(tmpdir(), 'ordersaga-gen-'));
try {
  execFileSync('buf', ['generate', '-o', scratch], { stdio: ['ignore', 'inherit', 'inherit'] });
  const fresh = filesUnder(join(scratch, 'src/gen'));
  const committed = filesUnder('src/gen');
  const stale = [...new Set([...fresh.keys(), ...committed.keys()])].filter(
    (path) => fresh.get(path) !== committed.get(path),
  );
  if (stale.length > 0) {
    const list = stale.map((path) => `  src/gen/${path}`).join('\n');
    console.error(`src/gen is not what proto/ generates. Run "npm run generate" and commit:\n${list}`);
    process.exitCode = 1;
  } else {
    console.log(`src/gen matches proto/ (${fresh.size} files).`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
