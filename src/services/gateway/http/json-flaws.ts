import { type Issue, pointerFrom } from '../issue.ts';

/** What `JSON.parse` accepts in silence although the client cannot have meant it. */
export type JsonFlaws = {
  /** The first thing that makes the document ambiguous: a duplicate name, `__proto__`, nesting beyond the limit. */
  readonly ambiguity: Issue | undefined;
  /** Numbers that lost digits when they were parsed. */
  readonly inexact: readonly Issue[];
};

type Container = { readonly names: Set<string> | undefined; token: string | number };

/** Deeper than any request of this API. */
export const maxDepth = 16;

/** Looks through a text that `JSON.parse` has accepted; on other texts the result means nothing. */
export function findJsonFlaws(text: string): JsonFlaws {
  const open: Container[] = [];
  const inexact: Issue[] = [];
  const here = (): string => pointerFrom(open.map(({ token }) => token));
  let nameComesNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const container = open.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === maxDepth) return { ambiguity: tooDeep, inexact };
        nameComesNext = text[at] === '{';
        open.push({ names: nameComesNext ? new Set() : undefined, token: nameComesNext ? '' : 0 });
        break;
      case '}':
      case ']':
        open.pop();
        nameComesNext = false;
        break;
      case ',':
        nameComesNext = container?.names !== undefined;
        if (typeof container?.token === 'number') container.token += 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (nameComesNext && container?.names) {
          const name: string = JSON.parse(text.slice(at, end + 1));
          container.token = name;
          if (name === '__proto__')
            return { ambiguity: { pointer: here(), detail: 'is not allowed' }, inexact };
          if (container.names.has(name))
            return { ambiguity: { pointer: here(), detail: 'is given more than once' }, inexact };
          container.names.add(name);
          nameComesNext = false;
        }
        at = end;
        break;
      }
      default: {
        const number = numberAt(text, at);
        if (number === undefined) break;
        if (!isExact(number)) inexact.push({ pointer: here(), detail: 'has more digits than can be kept' });
        at += number.length - 1;
      }
    }
  }
  return { ambiguity: undefined, inexact };
}

const tooDeep: Issue = { pointer: '#', detail: `is nested deeper than ${maxDepth} levels` };

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

const number = /[-0-9][-+.0-9eE]*/y;

function numberAt(text: string, at: number): string | undefined {
  number.lastIndex = at;
  return number.exec(text)?.[0];
}

// A double carries any 15 digits.
const alwaysExactLength = 15;

function isExact(literal: string): boolean {
  const isPlain = literal.length <= alwaysExactLength && !/e/i.test(literal);
  return isPlain || normalized(literal) === normalized(String(Number(literal)));
}

/** Digits without zeros at either end, and the power of ten that they are multiplied by. */
function normalized(literal: string): string {
  const [, whole = '', fraction = '', power = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/i.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return whole === '' ? literal : '0';
  return `${significant}e${Number(power) - fraction.length + digits.length - significant.length}`;
}
