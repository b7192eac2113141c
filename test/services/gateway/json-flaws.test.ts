import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFlaws, maxDepth } from '../../../src/services/gateway/http/json-flaws.ts';

const none = { ambiguity: undefined, inexact: [] };

test('no document that JSON.stringify writes has flaws', () => {
  const document = fc.json({ maxDepth: 8 }).filter((text) => !text.includes('__proto__'));
  fc.assert(
    fc.property(document, (text) => {
      expect(findJsonFlaws(text)).toEqual(none);
    }),
  );
});

test.each([
  ['{"a":1,"a":2}', '#/a', 'more than once'],
  ['{"a":{"b":1,"c":[{},{"d":1,"\\u0064":2}]}}', '#/a/c/1/d', 'more than once'],
  ['{"__proto__":1}', '#/__proto__', 'not allowed'],
  ['[[{"a~/b":[{"__proto__":{}}]}]]', '#/0/0/a~0~1b/0/__proto__', 'not allowed'],
])('%s is ambiguous at %s', (text, pointer, detail) => {
  const { ambiguity } = findJsonFlaws(text);
  expect(ambiguity?.pointer).toBe(encodeURI(pointer));
  expect(ambiguity?.detail).toContain(detail);
});

test.each([
  '{"a":"\\"a\\":1,\\\\","b":"{[,]}"}',
  '[{"a":1},{"a":1}]',
  '{"a":{"a":{"a":1}}}',
  '"__proto__"',
  '["__proto__"]',
])('%s is not ambiguous', (text) => {
  JSON.parse(text);
  expect(findJsonFlaws(text)).toEqual(none);
});

test('nesting is allowed up to the limit and not beyond', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(findJsonFlaws(nested(maxDepth)).ambiguity).toBeUndefined();
  expect(findJsonFlaws(nested(maxDepth + 1)).ambiguity?.detail).toContain('deeper');
});

test.each([
  '0',
  '-0',
  '50.00',
  '5e1',
  '0.1',
  '1E+2',
  '9007199254740991',
  '0.000',
  '123456789012.34',
  '1e300',
  '0e5',
])('the number %s is exact', (text) => {
  expect(findJsonFlaws(`[${text}]`)).toEqual(none);
});

test.each([
  '9007199254740993',
  '1.00000000000000000001',
  '1e309',
  '-1e309',
  '1e-400',
  '90071992547409.91',
  '0.1000000000000000055',
])('the number %s loses digits', (text) => {
  expect(findJsonFlaws(`{"a":[1,${text}]}`).inexact.map(({ pointer }) => pointer)).toEqual(['#/a/1']);
});
