import { Metadata } from 'nice-grpc-common';
import { describe, expect, test } from 'vitest';
import { callFromMetadata, textFromCall } from '../../src/rpc/metadata.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('reads what it wrote', () => {
  const call = { idempotencyKey: 'k', requestId: 'r', epoch: 0, step: 'charge-payment', traceparent };
  expect(callFromMetadata(Metadata(textFromCall(call)))).toEqual(call);
});

test('writes nothing for what is absent', () => {
  expect(textFromCall({})).toEqual({});
});

test('ignores other keys', () => {
  expect(callFromMetadata(Metadata({ 'user-agent': 'grpc' }))).toEqual({});
});

test('uses the names that the contract gives', () => {
  expect(textFromCall({ idempotencyKey: 'k', requestId: 'r', epoch: 2 ** 53 - 1 })).toEqual({
    'x-idempotency-key': 'k',
    'x-request-id': 'r',
    'x-saga-epoch': '9007199254740991',
  });
});

describe.each(['x-idempotency-key', 'x-request-id', 'x-saga-step'])('%s', (key) => {
  test.each(['a', 'a b', '~!{}', 'x'.repeat(255)])('may be %j', (value) => {
    expect(Object.values(callFromMetadata(Metadata({ [key]: value })))).toEqual([value]);
  });

  test.each(['', ' a', 'a ', 'x'.repeat(256)])('may not be %j', (value) => {
    expect(() => callFromMetadata(Metadata({ [key]: value }))).toThrow(key);
  });
});

test.each(['', '-1', '+1', '1.5', '01', '1e3', '9007199254740992', '0x1', 'NaN'])(
  'an epoch may not be %j',
  (epoch) => {
    expect(() => callFromMetadata(Metadata({ 'x-saga-epoch': epoch }))).toThrow('x-saga-epoch');
  },
);

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
  'does not write an epoch of %s',
  (epoch) => {
    expect(() => textFromCall({ epoch })).toThrow(RangeError);
  },
);

test('does not write a key that metadata cannot carry', () => {
  expect(() => textFromCall({ idempotencyKey: 'clé' })).toThrow('x-idempotency-key');
});

test.each([
  '',
  'x',
  traceparent.toUpperCase(),
  traceparent.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `${traceparent}garbage`,
])('leaves out the ill-formed traceparent %j', (value) => {
  expect(callFromMetadata(Metadata({ traceparent: value }))).toEqual({});
});

test('takes a traceparent of a later version as one of version 00', () => {
  const later = `${traceparent.replace('00-', '01-')}-more`;
  expect(callFromMetadata(Metadata({ traceparent: later }))).toEqual({ traceparent });
});

test('names every value that is out of bounds at once', () => {
  const metadata = Metadata({ 'x-idempotency-key': '', 'x-saga-epoch': 'soon' });
  expect(() => callFromMetadata(metadata)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      fieldViolations: [
        { field: 'x-idempotency-key', description: expect.any(String) },
        { field: 'x-saga-epoch', description: expect.any(String) },
      ],
    }),
  );
});
