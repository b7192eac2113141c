import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { samplerFrom } from '../../src/observability/sampling.ts';
import { createTraceIds } from '../../src/observability/trace-ids.ts';
import { parseTraceparent, traceparentFrom } from '../../src/trace-context.ts';

const traceIds = Array.from({ length: 2_000 }, (_, index) =>
  createHash('sha256').update(String(index)).digest('hex').slice(0, 32),
);
const caller = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) };

describe('sampling', () => {
  it('took about the asked share of traces, the same ones every time', () => {
    const env = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
    const taken = traceIds.filter((id) => samplerFrom(env)(id, undefined));
    expect(taken).toEqual(traceIds.filter((id) => samplerFrom(env)(id, undefined)));
    expect(taken.length).toBeGreaterThan(140);
    expect(taken.length).toBeLessThan(260);
  });

  it.each([
    [undefined, true, false],
    ['always_on', true, true],
    ['always_off', false, false],
    ['parentbased_always_off', false, false],
    ['parentbased_always_on', true, false],
    ['no such sampler', true, false],
  ])(
    'with OTEL_TRACES_SAMPLER=%s took %s of its own, %s of a caller that records nothing',
    (name, root, child) => {
      const sampler = samplerFrom(name === undefined ? {} : { OTEL_TRACES_SAMPLER: name });
      expect(sampler('a'.repeat(32), undefined)).toBe(root);
      expect(sampler('a'.repeat(32), { ...caller, sampled: false })).toBe(child);
    },
  );

  it.each(['0', '1'])('honoured the ratio %s to the letter', (ratio) => {
    const sampler = samplerFrom({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: ratio,
    });
    expect(new Set(traceIds.map((id) => sampler(id, undefined)))).toEqual(new Set([ratio === '1']));
  });

  it.each(['', '2', '-1', 'half'])('took everything for the senseless ratio "%s"', (ratio) => {
    const sampler = samplerFrom({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: ratio });
    expect(sampler('f'.repeat(32), undefined)).toBe(true);
  });
});

describe('traceparent', () => {
  it('survived the way there and back', () => {
    const context = { ...caller, sampled: true };
    expect(parseTraceparent(traceparentFrom(context))).toEqual(context);
  });

  it('ids never repeat and are never all zeros', () => {
    const ids = createTraceIds(randomBytes);
    const made = Array.from({ length: 5_000 }, () => [ids.traceId(), ids.spanId()]).flat();
    expect(new Set(made).size).toBe(10_000);
    expect(createTraceIds((size) => new Uint8Array(size)).spanId()).toBe('0000000000000001');
  });
});
