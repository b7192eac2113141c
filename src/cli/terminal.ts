import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/** What a stream must offer; `process.stdout` and `process.stderr` do. */
export type OutputStream = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  hasColors?(): boolean;
  readonly columns?: number;
};

/** Where a command writes: results on stdout, everything else on stderr. */
export type Terminal = {
  /** A line of the result, on stdout. */
  out(text: string): void;
  /** A value of the result for scripts: one line of JSON on stdout. */
  json(value: unknown): void;
  /** A line of progress or advice, on stderr. */
  note(text: string): void;
  /** Replaces the last line of stderr, by as much as fits; undefined where stderr is not a terminal. */
  readonly redraw?: (text: string) => void;
  /** Colours for `out`; they do nothing unless stdout is a terminal that wants them. */
  readonly colours: Colours;
  /** Colours for `note`. */
  readonly noteColours: Colours;
};

/** Writes to two streams, in colour only where a person reads. `NO_COLOR` and `TERM=dumb` are honoured by Node. */
export function createTerminal(stdout: OutputStream, stderr: OutputStream): Terminal {
  return {
    out: (text) => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    ...(stderr.isTTY === true && {
      redraw: (text: string) => void stderr.write(`\r\u{1b}[K${text.slice(0, (stderr.columns ?? 80) - 1)}`),
    }),
    colours: pc.createColors(wantsColours(stdout)),
    noteColours: pc.createColors(wantsColours(stderr)),
  };
}

const wantsColours = (stream: OutputStream): boolean =>
  stream.isTTY === true && stream.hasColors?.() === true;
