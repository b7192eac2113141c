import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../src/engine/breaker.ts';

const hourMs = 3_600_000;

function openedAt(nowMs: number) {
  const breaker = createBreaker({ failures: 2, openMs: 1_000, probeMs: 10_000 });
  breaker.report('unanswered', nowMs);
  breaker.report('unanswered', nowMs);
  return breaker;
}

describe('a breaker', () => {
  it('lets calls pass until so many in a row have failed', () => {
    const breaker = createBreaker({ failures: 2 });
    breaker.report('unanswered', 0);
    breaker.report('answered', 0);
    breaker.report('unanswered', 0);
    expect(breaker.ask(0)).toEqual({ kind: 'go' });
    breaker.report('unanswered', 0);
    expect(breaker.ask(0)).toEqual({ kind: 'wait', untilMs: 1_000 });
  });

  it('probes with one call after its time and closes when that is answered', () => {
    const breaker = openedAt(0);
    expect(breaker.ask(999)).toEqual({ kind: 'wait', untilMs: 1_000 });
    expect(breaker.ask(1_000)).toEqual({ kind: 'go' });
    // The probe may end long before it is taken as lost, at 11 000.
    expect(breaker.ask(1_001)).toEqual({ kind: 'wait', untilMs: 2_001 });
    expect(breaker.ask(10_999)).toEqual({ kind: 'wait', untilMs: 11_000 });
    breaker.report('answered', 1_002);
    expect(breaker.ask(1_002)).toEqual({ kind: 'go' });
    expect(breaker.state()).toBe('closed');
  });

  it('lets no call try when one reached nobody, until somebody else reports that it is back', () => {
    let timesAway = 0;
    const breaker = createBreaker({ onAway: () => (timesAway += 1) });
    breaker.report('unreached', 0);
    breaker.report('unreached', 1);
    expect(timesAway).toBe(1);
    expect(breaker.isAway()).toBe(true);
    expect(breaker.ask(hourMs)).toEqual({ kind: 'wait', untilMs: hourMs + 1_000 });
    expect(breaker.state()).toBe('open');
    breaker.report('answered', hourMs);
    expect(breaker.isAway()).toBe(false);
    expect(breaker.ask(hourMs)).toEqual({ kind: 'go' });
    breaker.report('unreached', hourMs);
    expect(timesAway).toBe(2);
  });

  it('is told that the participant is away by a probe, too', () => {
    const breaker = openedAt(0);
    expect(breaker.ask(1_000)).toEqual({ kind: 'go' });
    breaker.report('unreached', 1_001);
    expect(breaker.ask(hourMs)).toEqual({ kind: 'wait', untilMs: hourMs + 1_000 });
  });

  it('does not stay open for an hour when the clock is set back by one', () => {
    const breaker = openedAt(hourMs);
    expect(breaker.ask(0)).toEqual({ kind: 'go' });
    expect(breaker.ask(1)).toEqual({ kind: 'wait', untilMs: 1_001 });
    breaker.report('unanswered', 2);
    expect(breaker.ask(3)).toEqual({ kind: 'wait', untilMs: 1_002 });
  });
});
