// What strace saw of one process: its writes to databases, its syncs, and what it sent to its clients, in their order.

/** One thing that happened. Writes come with their data. */
export type DiskEvent =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  /** What was written to the file before this is safe once the matching `synced` comes. */
  | { readonly kind: 'syncing' | 'synced'; readonly file: string }
  | { readonly kind: 'sent'; readonly text: string };

/** Arguments of strace that make its output readable here; the output file comes behind them. */
export const straceArgs = [
  '-f',
  '--seccomp-bpf',
  '-y',
  '-xx',
  '-s',
  '70000',
  '-e',
  'trace=pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,fsync,fdatasync,sync_file_range,ftruncate',
  '-o',
] as const;

const call = /^\d+ +(\w+)\((\d+)<([^>]*)>(.*)$/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>/;

/** @throws Error at a way of writing to a database that this does not know */
export function* eventsOf(trace: string): Generator<DiskEvent> {
  const syncing = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, resumedPid = '', resumedName] = resumed.exec(line) ?? [];
    if (resumedName === 'fsync' || resumedName === 'fdatasync') {
      const file = syncing.get(resumedPid);
      if (file !== undefined) yield { kind: 'synced', file };
      continue;
    }
    const [, name = '', , path = '', rest = ''] = call.exec(line) ?? [];
    const target = unescaped(path);
    if (target.startsWith('socket:') || target.startsWith('TCP:')) {
      yield { kind: 'sent', text: strings(rest).toString('latin1') };
    } else if (/\.db(-wal)?$/.test(target)) {
      yield* fileEvents({ name, file: target, rest, pid: line.split(' ', 1)[0] ?? '' }, syncing);
    }
  }
}

function* fileEvents(
  { name, file, rest, pid }: { name: string; file: string; rest: string; pid: string },
  syncing: Map<string, string>,
): Generator<DiskEvent> {
  switch (name) {
    case 'pwrite64': {
      const [, offset] = /, (\d+)(?:\)| <unfinished)/.exec(rest.slice(rest.lastIndexOf('"'))) ?? [];
      yield { kind: 'write', file, offset: Number(offset?.split(', ').at(-1)), data: strings(rest) };
      return;
    }
    case 'ftruncate':
      yield { kind: 'truncate', file, size: Number(/^, (\d+)/.exec(rest)?.[1]) };
      return;
    case 'fsync':
    case 'fdatasync':
      yield { kind: 'syncing', file };
      if (rest.includes('<unfinished')) syncing.set(pid, file);
      else yield { kind: 'synced', file };
      return;
    default:
      throw new Error(`${file} was written with ${name}, which this reader does not know`);
  }
}

/** The strings among the arguments, joined. Every byte is written as `\x41`. */
function strings(args: string): Buffer {
  const hex = [...args.matchAll(/"((?:\\x[\da-f]{2})*)"/g)].map(([, text = '']) =>
    text.replaceAll('\\x', ''),
  );
  return Buffer.from(hex.join(''), 'hex');
}

const unescaped = (path: string): string =>
  path.replace(/\\x([\da-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
