import { styleText } from 'node:util';
import { logFields } from './log-field-names.ts';

type Sink = { write(line: string): void };

const colors = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** Turns each JSON line into one for people: time, level, message, then the fields; a stack follows below. */
export function prettyDestination(sink: Sink, withColors: boolean): Sink {
  return { write: (line) => sink.write(prettyLine(JSON.parse(line) as Record<string, unknown>, withColors)) };
}

function prettyLine(fields: Record<string, unknown>, withColors: boolean): string {
  const { time, level, message, error, ...rest } = fields;
  const { stack, ...shortError } = (error ?? {}) as Record<string, unknown>;
  const color = Object.hasOwn(colors, String(level)) ? colors[level as keyof typeof colors] : 'gray';
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    withColors ? styleText(style, text, { validateStream: false }) : text;
  const pairs = Object.entries({
    ...rest,
    ...(error !== undefined && { [logFields.error]: shortError.message }),
  });
  const head = [
    paint('gray', String(time).slice(11, 23)),
    paint(color, String(level).toUpperCase().padEnd(5)),
    visible(String(message)),
    ...pairs.map(([name, value]) => paint('gray', `${name}=${valueText(value)}`)),
  ].join(' ');
  return typeof stack === 'string' ? `${head}\n${paint('gray', indented(stack))}\n` : `${head}\n`;
}

const valueText = (value: unknown): string =>
  typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : JSON.stringify(value);

/** Control characters could rewrite what the terminal shows. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');

const indented = (stack: string): string =>
  stack
    .split('\n')
    .map((line) => `    ${visible(line)}`)
    .join('\n');
