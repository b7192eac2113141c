// The first thing that runs in the single file that package.js makes. Its bundle needs threads and a native addon, which
// must be files, so it is unpacked once into a cache, under the hash of its content.
//
// CommonJS, because a single executable of Node 24 can begin with nothing else.
const { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire, enableCompileCache } = require('node:module');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { getAsset, getRawAsset } = require('node:sea');

const { XDG_CACHE_HOME: cache = join(homedir(), '.cache') } = process.env;
const home = join(cache, 'ordersaga');

function unpack() {
  const { id, files } = JSON.parse(getAsset('manifest.json', 'utf8'));
  const directory = join(home, id);
  if (existsSync(directory)) return directory;
  // Renamed when it is whole, so that a start that is killed leaves nothing that a later one would run.
  const unfinished = `${directory}.${process.pid}`;
  for (const name of files) {
    const file = join(unfinished, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, Buffer.from(getRawAsset(name)), { mode: 0o600 });
  }
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    // Another process was first.
    if (!existsSync(directory)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return directory;
}

const directory = unpack();
enableCompileCache(join(home, 'compile-cache'));
const { main } = createRequire(join(directory, 'package.json'))('./dist/main.js');
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
