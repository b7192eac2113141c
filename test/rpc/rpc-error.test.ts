import { ClientError, Metadata, Status } from 'nice-grpc-common';
import { expect, test } from 'vitest';
import { rpcCodeFromNumber } from '../../src/rpc/rpc-code.ts';
import { RpcError, rpcErrorFrom } from '../../src/rpc/rpc-error.ts';
import { decodeStatusDetails, encodeStatusDetails } from '../../src/rpc/status-details.ts';

const refused = new ClientError('/a.B/C', Status.UNAVAILABLE, 'No connection established. Last error: x');

test('leaves an RpcError as it is', () => {
  const error = new RpcError('NOT_FOUND', 'gone');
  expect(rpcErrorFrom(error)).toBe(error);
});

test('takes an abort for CANCELLED', () => {
  expect(rpcErrorFrom(new DOMException('stop', 'AbortError'))).toMatchObject({ code: 'CANCELLED' });
});

test.each([new TypeError('x is not a function'), 'x is not a function'])(
  'takes anything else for UNKNOWN',
  (thrown) => {
    const error = rpcErrorFrom(thrown);
    expect(error).toMatchObject({ code: 'UNKNOWN', message: 'x is not a function', neverSent: false });
    expect(error.cause).toBe(thrown);
  },
);

test('is never sent only when the server sent nothing at all', () => {
  expect(rpcErrorFrom(refused, { headersSeen: false }).neverSent).toBe(true);
  expect(rpcErrorFrom(refused, { headersSeen: false, trailer: Metadata() }).neverSent).toBe(true);
  expect(rpcErrorFrom(refused, { headersSeen: true }).neverSent).toBe(false);
  expect(rpcErrorFrom(refused, { headersSeen: false, trailer: Metadata({ date: 'today' }) }).neverSent).toBe(
    false,
  );
});

test('is in doubt when nobody watched what the server sent', () => {
  expect(rpcErrorFrom(refused).neverSent).toBe(false);
});

test.each(['Connection dropped', 'read ECONNRESET', 'Stream refused by server', ''])(
  'is in doubt after "%s"',
  (details) => {
    const error = new ClientError('/a.B/C', Status.UNAVAILABLE, details);
    expect(rpcErrorFrom(error, { headersSeen: false }).neverSent).toBe(false);
  },
);

test('names every code that gRPC defines, and calls the others UNKNOWN', () => {
  expect([1, 2, 3, 16].map(rpcCodeFromNumber)).toEqual([
    'CANCELLED',
    'UNKNOWN',
    'INVALID_ARGUMENT',
    'UNAUTHENTICATED',
  ]);
  expect([0, 17, -1, 1.5].map(rpcCodeFromNumber)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
});

test('reads the details that it wrote', () => {
  const details = {
    fieldViolations: [
      { field: 'items[0].quantity', description: 'must be greater than 0' },
      { field: 'naïve', description: '' },
    ],
    reason: 'STALE_EPOCH',
  };
  expect(decodeStatusDetails(encodeStatusDetails(3, 'no', details))).toEqual(details);
});

test('reads no details from bytes that are no google.rpc.Status', () => {
  expect(decodeStatusDetails(Uint8Array.of(0xff, 0xff, 0xff))).toEqual({ fieldViolations: [] });
  expect(decodeStatusDetails(new Uint8Array())).toEqual({ fieldViolations: [] });
});

test('skips details of types that it does not know', () => {
  // Status{code: 3, details: [Any{type_url: "x", value: 1 byte}]}
  const bytes = Uint8Array.of(0x08, 3, 0x1a, 6, 0x0a, 1, 0x78, 0x12, 1, 0x00);
  expect(decodeStatusDetails(bytes)).toEqual({ fieldViolations: [] });
});
