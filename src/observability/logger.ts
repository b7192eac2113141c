import { type DestinationStream, destination, type Level, pino } from 'pino';
import { type LogFields, logFieldsFrom } from './log-fields.ts';
import { prettyDestination } from './pretty-log.ts';

/**
 * - `error`: a person has to do something.
 * - `warn`: it went wrong and the system deals with it.
 * - `info`: an operator of a quiet system wants to know. Nothing that happens for every order.
 * - `debug`: everything else.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

type Log = (message: string, fields?: LogFields) => void;

/** Writes lines at or above its level, and counts them. */
export type Logger = { readonly [L in LogLevel]: Log } & {
  /** A logger whose every line carries these fields too. */
  child(fields: LogFields): Logger;
  /** How many lines were written since the start, children included. */
  lineCounts(): Readonly<Record<LogLevel, number>>;
};

export type LoggerOptions = {
  /** `trace` is the same as `debug`. */
  readonly level: LogLevel | 'trace' | 'silent';
  readonly format: 'json' | 'pretty';
  readonly now: () => number;
  /** Where lines go. Default standard error, written synchronously, so that the last line before a crash is not lost. */
  readonly write?: (line: string) => void;
  /** Colours in the pretty format. Default false. */
  readonly colors?: boolean;
};

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function createLogger(options: LoggerOptions): Logger {
  const { level, format, now } = options;
  const sink: DestinationStream = options.write
    ? { write: options.write }
    : destination({ dest: 2, sync: true });
  const root = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'pretty' ? prettyDestination(sink, options.colors ?? false) : sink,
  );
  return wrap(root, { debug: 0, info: 0, warn: 0, error: 0 });
}

type Written = { -readonly [L in LogLevel]: number };
type PinoLike = {
  isLevelEnabled(level: Level): boolean;
  child(fields: object): PinoLike;
} & { readonly [L in LogLevel]: (fields: object, message: string) => void };

function wrap(inner: PinoLike, written: Written): Logger {
  const logAt =
    (level: LogLevel): Log =>
    (message, fields = {}) => {
      if (!inner.isLevelEnabled(level)) return;
      written[level] += 1;
      inner[level](logFieldsFrom(fields), message);
    };
  const [debug, info, warn, error] = levels.map(logAt) as [Log, Log, Log, Log];
  return {
    debug,
    info,
    warn,
    error,
    child: (fields) => wrap(inner.child(logFieldsFrom(fields)), written),
    lineCounts: () => ({ ...written }),
  };
}
