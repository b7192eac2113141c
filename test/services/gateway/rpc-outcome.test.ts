import { expect, test } from 'vitest';
import type { RpcCode } from '../../../src/rpc/rpc-code.ts';
import { RpcError, type RpcErrorContext } from '../../../src/rpc/rpc-error.ts';
import { findingFromRpcError, outcomeFromRpcError } from '../../../src/services/gateway/rpc-outcome.ts';

const stale: RpcErrorContext = { details: { fieldViolations: [], reason: 'STALE_EPOCH' } };

const table: Readonly<Record<RpcCode, 'retryable' | 'inDoubt' | 'faulted'>> = {
  CANCELLED: 'inDoubt',
  UNKNOWN: 'inDoubt',
  INVALID_ARGUMENT: 'faulted',
  DEADLINE_EXCEEDED: 'inDoubt',
  NOT_FOUND: 'faulted',
  ALREADY_EXISTS: 'faulted',
  PERMISSION_DENIED: 'faulted',
  RESOURCE_EXHAUSTED: 'retryable',
  FAILED_PRECONDITION: 'faulted',
  ABORTED: 'inDoubt',
  OUT_OF_RANGE: 'faulted',
  UNIMPLEMENTED: 'faulted',
  INTERNAL: 'inDoubt',
  UNAVAILABLE: 'inDoubt',
  DATA_LOSS: 'inDoubt',
  UNAUTHENTICATED: 'faulted',
};
const codes = Object.keys(table) as RpcCode[];

test.each(codes)('%s is an outcome', (code) => {
  expect(outcomeFromRpcError(new RpcError(code, 'why'))).toEqual({
    kind: table[code],
    failure: { code, message: 'why' },
  });
});

test.each(codes)('%s that was never sent reached nobody', (code) => {
  const error = new RpcError(code, '', { neverSent: true });
  expect(outcomeFromRpcError(error).kind).toBe('unreached');
  expect(findingFromRpcError(error).kind).toBe('unreached');
});

test.each(codes)('%s with a stale epoch is fenced', (code) => {
  expect(outcomeFromRpcError(new RpcError(code, '', stale))).toEqual({ kind: 'fenced' });
});

test.each(['Received message larger than max (5 vs 4)', 'Bandwidth exhausted or memory limit exceeded'])(
  'RESOURCE_EXHAUSTED that the client made itself is in doubt: %s',
  (message) => {
    expect(outcomeFromRpcError(new RpcError('RESOURCE_EXHAUSTED', message)).kind).toBe('inDoubt');
  },
);

test('only NOT_FOUND answers an inquiry', () => {
  for (const code of codes) {
    const kind = code === 'NOT_FOUND' ? 'absent' : 'unanswered';
    expect(findingFromRpcError(new RpcError(code, '')).kind).toBe(kind);
  }
});
