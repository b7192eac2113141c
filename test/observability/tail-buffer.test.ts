import { describe, expect, it } from 'vitest';
import type { SpanDraft } from '../../src/observability/span-draft.ts';
import { createSpanOutlet } from '../../src/observability/span-outlet.ts';
import { createTailBuffer } from '../../src/observability/tail-buffer.ts';

const span = (name: string): SpanDraft => ({
  service: 'gateway',
  name,
  kind: 'internal',
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  startMs: 0,
  endMs: 0,
  attributes: {},
});

function createTestBuffer(limits = {}) {
  const out: string[] = [];
  return { out, buffer: createTailBuffer(({ name }) => out.push(name), limits) };
}

describe('tail buffer', () => {
  it('let go of everything once a saga was kept, and of what followed', () => {
    const { out, buffer } = createTestBuffer();
    buffer.open('a');
    buffer.add('a', span('before'));
    expect(out).toEqual([]);
    buffer.keep('a');
    buffer.add('a', span('after'));
    expect(out).toEqual(['before', 'after']);
  });

  it('forgot what was dropped and what was never open', () => {
    const { out, buffer } = createTestBuffer();
    buffer.open('a');
    buffer.add('a', span('dropped'));
    buffer.drop('a');
    buffer.keep('a');
    buffer.add('b', span('stranger'));
    buffer.keep('b');
    expect(out).toEqual([]);
  });

  it('held no more sagas and spans than allowed', () => {
    const { out, buffer } = createTestBuffer({ maxSagas: 2, maxSpansPerSaga: 2 });
    for (const key of ['a', 'b', 'c']) buffer.open(key);
    for (const name of ['1', '2', '3']) buffer.add('c', span(name));
    buffer.add('a', span('evicted'));
    expect(buffer.size).toBe(2);
    buffer.keep('c');
    expect(out).toEqual(['2', '3']);
  });
});

describe('span outlet', () => {
  it('kept spans in order until the exporter was there, and counted those beyond the bound', async () => {
    let dropped = 0;
    const outlet = createSpanOutlet((count) => {
      dropped += count;
    });
    for (let index = 0; index < 8_200; index++) outlet.sink(span(String(index)));
    const out: string[] = [];
    outlet.connect({
      sink: ({ name }) => out.push(name),
      close: () => Promise.reject(new Error('no collector')),
    });
    outlet.sink(span('last'));
    expect(out.slice(0, 2)).toEqual(['0', '1']);
    expect(out.at(-1)).toBe('last');
    expect([out.length, dropped]).toEqual([8_193, 8]);
    await outlet.close();
  });
});
