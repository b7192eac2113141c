import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asVersion00, parseTraceparent } from '../src/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });
const anyId = (digits: number) => hex(digits).filter((id) => !/^0+$/.test(id));
const anyContext = fc.record({ traceId: anyId(32), spanId: anyId(16), flags: hex(2) });
const laterVersion = hex(2).filter((version) => version !== '00' && version !== 'ff');

const isOdd = (flags: string): boolean => Number.parseInt(flags, 16) % 2 === 1;

test('version 00 is read field by field, and of its flags the one that it knows', () => {
  fc.assert(
    fc.property(anyContext, ({ flags, ...ids }) => {
      const text = `00-${ids.traceId}-${ids.spanId}-${flags}`;
      expect(parseTraceparent(text)).toEqual({ ...ids, sampled: isOdd(flags) });
    }),
  );
});

test('a later version is read like version 00, whatever more it says behind a dash', () => {
  fc.assert(
    fc.property(anyContext, laterVersion, fc.option(fc.string()), ({ flags, ...ids }, version, more) => {
      const text = `${version}-${ids.traceId}-${ids.spanId}-${flags}${more === null ? '' : `-${more}`}`;
      expect(parseTraceparent(text)).toEqual({ ...ids, sampled: isOdd(flags) });
    }),
  );
});

test('what a border lets in is version 00 of the same trace, and stays as it is at the next border', () => {
  fc.assert(
    fc.property(anyContext, laterVersion, (context, version) => {
      const text = `${version}-${context.traceId}-${context.spanId}-${context.flags}-more`;
      const inside = asVersion00(text);
      expect(inside).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      expect(parseTraceparent(inside)).toEqual(parseTraceparent(text));
      expect(asVersion00(inside)).toBe(inside);
    }),
  );
});

test('one more or one other character makes version 00 malformed', () => {
  fc.assert(
    fc.property(
      anyContext,
      fc.nat(54),
      fc.constantFrom('', 'g', 'A', ' ', '\n', '\0'),
      (context, at, wrong) => {
        const text = `00-${context.traceId}-${context.spanId}-${context.flags}`;
        expect(parseTraceparent(text.slice(0, at) + wrong + text.slice(at + 1))).toBeUndefined();
        expect(parseTraceparent(`${text}${wrong || '-'}`)).toBeUndefined();
      },
    ),
  );
});

describe.each([
  ['absent', undefined],
  ['empty', ''],
  ['nonsense', 'nonsense'],
  ['version ff', `ff-${traceId}-${spanId}-01`],
  ['a version in capitals', `0A-${traceId}-${spanId}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['ids in capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['version 00 with more fields', `00-${traceId}-${spanId}-01-more`],
  ['version 00 with more characters', `00-${traceId}-${spanId}-01garbage`],
  ['a later version with more characters and no dash', `01-${traceId}-${spanId}-01garbage`],
  ['a later version cut short', `01-${traceId}-${spanId}-0`],
  ['two of them in one header', `01-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
])('%s', (_, text) => {
  test('is no traceparent', () => {
    expect(parseTraceparent(text)).toBeUndefined();
    expect(asVersion00(text)).toBeUndefined();
  });
});
