import { readFileSync } from 'node:fs';

/** How one kind of value is written, read and shown. */
export type ValueKind<T> = {
  /** Stands for the value in help texts, e.g. `N`; empty for a switch. */
  readonly placeholder: string;
  /** Completes "must be …". */
  readonly accepts: string;
  /** `undefined` when the text is not acceptable; a string names a problem more exactly than `accepts` does. */
  parse(text: string): { readonly value: T } | { readonly problem: string } | undefined;
  /** Never shows a secret. */
  show(value: T): string;
};

/** The same kind, for an option that may be absent. */
export const optional = <T>(kind: ValueKind<T>): ValueKind<T | undefined> => ({
  ...kind,
  show: (value) => (value === undefined ? '' : kind.show(value)),
});

/** A whole number in [min, max]. */
export const wholeNumber = (min: number, max: number, placeholder = 'N'): ValueKind<number> => ({
  placeholder,
  accepts: `a whole number from ${min} to ${max}`,
  parse: (text) => inRange(/^\d{1,16}$/.test(text) ? Number(text) : Number.NaN, min, max),
  show: String,
});

/** A TCP port; 0 asks for any free one. */
export const port: ValueKind<number> = {
  ...wholeNumber(0, 65_535, 'PORT'),
  accepts: 'a port from 0 to 65535 (0 is any free one)',
};

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in milliseconds, written with its unit: 500ms, 10s, 15m, 24h, 7d. */
export const duration = (minMs: number, maxMs: number): ValueKind<number> => ({
  placeholder: 'TIME',
  accepts: `a time with its unit (ms, s, m, h, d) from ${showDuration(minMs)} to ${showDuration(maxMs)}`,
  parse: (text) => {
    const [, count, unit = ''] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(text) ?? [];
    return inRange(Number(count) * (unitMs[unit] ?? Number.NaN), minMs, maxMs);
  },
  show: showDuration,
});

/** The length of time in its largest whole unit up to hours, because "24h" reads better than "1d". */
function showDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    const size = unitMs[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  kb: 1024,
  mib: 1024 ** 2,
  mb: 1024 ** 2,
};

/** A number of bytes, written as 65536, 64KiB or 1MiB. */
export const byteSize = (minBytes: number, maxBytes: number): ValueKind<number> => ({
  placeholder: 'SIZE',
  accepts: `a size from ${showBytes(minBytes)} to ${showBytes(maxBytes)}, e.g. 64KiB`,
  parse: (text) => {
    const [, count, unit = ''] = /^(\d{1,12})\s?(b|kib|kb|mib|mb)?$/i.exec(text) ?? [];
    return inRange(Number(count) * (unitBytes[unit.toLowerCase()] ?? Number.NaN), minBytes, maxBytes);
  },
  show: showBytes,
});

function showBytes(bytes: number): string {
  if (bytes > 0 && bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2}MiB`;
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}KiB` : `${bytes}B`;
}

/** An amount of money as people write it: 500 or 500.00. */
export const decimalAmount: ValueKind<number> = {
  placeholder: 'AMOUNT',
  accepts: 'an amount such as 500.00',
  parse: (text) => (/^\d{1,12}(\.\d{1,3})?$/.test(text) ? { value: Number(text) } : undefined),
  show: (amount) => amount.toFixed(2),
};

/** One of a few words. */
export const oneOf = <const T extends string>(...words: readonly T[]): ValueKind<T> => ({
  placeholder: words.join('|'),
  accepts: `one of ${words.join(', ')}`,
  parse: (text) => wrap(words.find((word) => word === text)),
  show: String,
});

/** A list without repetition, separated by commas. */
export const listOf = <const T extends string>(...words: readonly T[]): ValueKind<readonly T[]> => ({
  placeholder: 'LIST',
  accepts: `one or more of ${words.join(', ')}, separated by commas`,
  parse: (text) => {
    const parts = text.split(',').map((part) => part.trim());
    const known = words.filter((word) => parts.includes(word));
    return known.length === parts.length ? { value: Object.freeze(known) } : undefined;
  },
  show: (list) => list.join(','),
});

/** A switch: true or false. */
export const toggle: ValueKind<boolean> = {
  placeholder: '',
  accepts: 'true or false',
  parse: (text) =>
    wrap(
      { true: true, '1': true, yes: true, on: true, false: false, '0': false, no: false, off: false }[
        text.toLowerCase()
      ],
    ),
  show: String,
};

/** Any text that is not empty. */
export const plainText = (placeholder: string, accepts: string): ValueKind<string> => ({
  placeholder,
  accepts,
  parse: (text) => wrap(text.trim() || undefined),
  show: String,
});

/** A host and a port. */
export const address: ValueKind<string> = {
  placeholder: 'HOST:PORT',
  accepts: 'HOST:PORT, e.g. 127.0.0.1:50051',
  parse: (text) => {
    const portText = /^(?:[\w.-]+|\[[\da-f:]+\]):(\d{1,5})$/i.exec(text)?.[1];
    return portText !== undefined && Number(portText) > 0 && Number(portText) <= 65_535
      ? { value: text }
      : undefined;
  },
  show: String,
};

/** A redis:// or rediss:// URL, or HOST:PORT as the seed wrote it. Its password is never shown. */
export const redisUrl: ValueKind<string> = {
  placeholder: 'URL',
  accepts: 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss://… or HOST:PORT',
  parse: (text) => {
    const url = /^rediss?:\/\//.test(text) ? text : `redis://${text}`;
    return URL.canParse(url) && new URL(url).hostname !== '' ? { value: url } : undefined;
  },
  show: (text) => {
    const url = new URL(text);
    if (url.password !== '') url.password = '***';
    return url.href;
  },
};

/** An http or https address with a place for something to be filled in. */
export const urlTemplate = (place: string): ValueKind<string> => ({
  placeholder: 'URL',
  accepts: `an http or https URL that has ${place} in it`,
  parse: (text) =>
    /^https?:\/\/[^\s"'<>]+$/.test(text) && text.includes(place) ? { value: text } : undefined,
  show: String,
});

/** Quantity on the shelf by product, read from a JSON file. */
export const stockFile: ValueKind<Readonly<Record<string, number>>> = {
  placeholder: 'FILE',
  accepts: 'a JSON file such as {"prod_1": 15, "prod_2": 10}',
  parse: (path) => {
    try {
      return parseStock(JSON.parse(readFileSync(path, 'utf8')));
    } catch (error) {
      return { problem: `cannot be read: ${error instanceof Error ? error.message : error}` };
    }
  },
  show: (stock) => JSON.stringify(stock),
};

const maxProducts = 100_000;
const maxQuantity = 1_000_000_000_000;

function parseStock(json: unknown): ReturnType<typeof stockFile.parse> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const entries = Object.entries(json);
  if (entries.length > maxProducts) return { problem: `has more than ${maxProducts} products` };
  const bad = entries.find(
    ([product, quantity]) =>
      !/^[ -~]{1,128}$/.test(product) ||
      !Number.isInteger(quantity) ||
      quantity < 0 ||
      quantity > maxQuantity,
  );
  if (bad)
    return { problem: `${JSON.stringify(bad[0])} must have a whole quantity from 0 to ${maxQuantity}` };
  return { value: Object.freeze(Object.fromEntries(entries)) };
}

const wrap = <T>(value: T | undefined): { value: T } | undefined =>
  value === undefined ? undefined : { value };

const inRange = (value: number, min: number, max: number): { value: number } | undefined =>
  value >= min && value <= max ? { value } : undefined;
