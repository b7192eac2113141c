import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ChainedRow, chainProblem, NO_HASH, rowHash } from '../../src/stores/hash-chain.ts';

const row = (seq: number, changes: Partial<ChainedRow> = {}): ChainedRow => ({
  seq,
  epoch: 1,
  atMs: 1_700_000_000_000 + seq,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  data: `{"type":"StepSucceeded","step":"é-${seq}"}`,
  ...changes,
});

function chain(sagaId: string, rows: readonly ChainedRow[]) {
  let prevHash = NO_HASH;
  return rows.map((each) => {
    prevHash = rowHash(sagaId, prevHash, each);
    return { ...each, hash: prevHash };
  });
}

describe('the hash of a row', () => {
  test('was recomputed from its documented bytes by other means', () => {
    const bytes = Buffer.from(
      [
        'ordersaga-log-1',
        '0000000000000000000000000000000000000000000000000000000000000000',
        '1',
        '1',
        '1700000000001',
        '0af7651916cd43dd8448eb211c80319c',
        'b7ad6b7169203331',
        '{"type":"StepSucceeded","step":"é-1"}',
        'saga-1',
      ].join('\n'),
      'utf8',
    );
    expect(rowHash('saga-1', NO_HASH, row(1))).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('never changed from one release to the next', () => {
    expect(rowHash('saga-1', NO_HASH, row(1))).toBe(
      'a7894aff0e50afa1bd88eb0d643f1b512b060efbeb5b2b2ce0dec000a8c8d8b4',
    );
  });
});

describe('a chain', () => {
  const whole = chain('saga-1', [row(1), row(2), row(3, { epoch: 2 })]);
  const head = { seq: 3, hash: whole[2]?.hash ?? '' };
  const changed = (index: number, change: Partial<ChainedRow>) =>
    whole.map((each, at) => (at === index ? { ...each, ...change } : each));

  test('that nobody touched was whole', () => {
    expect(chainProblem('saga-1', whole, head)).toBeUndefined();
  });

  test.each<[string, Partial<ChainedRow>]>([
    ['event', { data: '{"type":"StepRejected","step":"é-2"}' }],
    ['time', { atMs: 1 }],
    ['trace', { traceId: '1'.repeat(32) }],
    ['span', { spanId: '1'.repeat(16) }],
    ['epoch', { epoch: 2 }],
  ])('whose second row got another %s was found out there', (_, change) => {
    expect(chainProblem('saga-1', changed(1, change), head)).toContain('seq 2');
  });

  test('that was moved to another saga was found out', () => {
    expect(chainProblem('saga-2', whole, head)).toContain('seq 1');
  });

  test('that lost its tail was found out by the head', () => {
    expect(chainProblem('saga-1', whole.slice(0, 2), head)).toBe("it ends at seq 2, its saga's row says 3");
    expect(chainProblem('saga-1', [], head)).toContain('ends at seq 0');
  });

  test('that was written anew from its second row on was found out by the head', () => {
    const forged = chain('saga-1', [row(1), row(2, { data: '{}' }), row(3, { epoch: 2 })]);
    expect(chainProblem('saga-1', forged, head)).toContain('last hash');
  });

  test('that lacks a row in the middle, or whose epoch falls, was found out', () => {
    expect(chainProblem('saga-1', whole.toSpliced(1, 1), head)).toBe('seq 2 is missing, 3 comes next');
    const falling = chain('saga-1', [row(1, { epoch: 2 }), row(2)]);
    const end = { seq: 2, hash: falling[1]?.hash ?? '' };
    expect(chainProblem('saga-1', falling, end)).toBe('the epoch falls from 2 to 1 at seq 2');
  });
});
