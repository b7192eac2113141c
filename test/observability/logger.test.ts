import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions } from '../../src/observability/logger.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function createTestLogger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    write: (line) => lines.push(line),
    ...options,
  });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('logger', () => {
  it('wrote one JSON object a line with the ids that lead to trace, saga and request', () => {
    const { logger, parsed } = createTestLogger();
    logger
      .child({ service: 'gateway', requestId: 'req_1' })
      .info('order accepted', { sagaId: 's1', traceparent });
    expect(parsed()).toEqual([
      {
        level: 'info',
        time: '2026-01-02T03:04:05.678Z',
        service: 'gateway',
        request_id: 'req_1',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: 'b7ad6b7169203331',
        saga_id: 's1',
        message: 'order accepted',
      },
    ]);
  });

  it('wrote errors with their causes', () => {
    const { logger, parsed } = createTestLogger();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    logger.warn('cache is away', { error: new TypeError('no cache', { cause }) });
    expect(parsed()[0]).toMatchObject({
      error: {
        type: 'TypeError',
        message: 'no cache',
        stack: expect.stringContaining('logger.test'),
        cause: { code: 'ECONNREFUSED' },
      },
    });
  });

  it('let no secret and no customer through, however deep', () => {
    const { logger, lines } = createTestLogger();
    const canary = 'canary-4711';
    logger.error('canaries', {
      apiToken: canary,
      customerId: canary,
      idempotencyKey: canary,
      request: {
        headers: { Authorization: canary, 'x-idempotency-key': canary },
        list: [{ password: canary }],
      },
      url: `redis://user:${canary}@127.0.0.1:6379`,
      error: new Error(`cannot reach redis://:${canary}@127.0.0.1`),
    });
    expect(lines.join('')).not.toContain(canary);
    expect(lines.join('')).toContain('redis://[redacted]@127.0.0.1:6379');
  });

  it('wrote and counted nothing below its level', () => {
    const { logger, lines } = createTestLogger();
    logger.debug('detail');
    logger.child({}).warn('trouble');
    expect(lines).toHaveLength(1);
    expect(logger.lineCounts()).toEqual({ debug: 0, info: 0, warn: 1, error: 0 });
  });

  it('wrote a line for people, on which no field can forge another', () => {
    const { logger, lines } = createTestLogger({ format: 'pretty' });
    logger.info('order \u001b[31maccepted\nforged', { sagaId: 's1', note: 'two\nlines' });
    expect(lines).toEqual(['03:04:05.678 INFO  order ?[31maccepted?forged saga_id=s1 note="two\\nlines"\n']);
  });

  it('put the stack of an error below the line', () => {
    const { logger, lines } = createTestLogger({ format: 'pretty' });
    logger.error('broken', { error: new Error('because') });
    expect(lines[0]).toMatch(/^03:04:05.678 ERROR broken error=because\n {4}Error: because\n {8}at /);
  });

  it('survived values that JSON cannot hold', () => {
    const { logger, parsed } = createTestLogger();
    const loop: Record<string, unknown> = { amount: 12n };
    loop.self = loop;
    logger.info('odd', { loop, thing: undefined, nothing: null });
    expect(parsed()[0]).toMatchObject({ loop: { amount: '12' }, nothing: null });
  });
});
