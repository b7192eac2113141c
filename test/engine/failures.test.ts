import { expect, test } from 'vitest';
import { createFailures } from '../../src/engine/failures.ts';

test('what a walk does not find is settled, so that refused sagas are not remembered for ever', () => {
  const failures = createFailures();
  failures.note('never written', 'handover');
  failures.note('undriven', 'crash');
  const walk = failures.beginWalk();
  walk.found('undriven');
  walk.end();
  expect(failures.endOf('never written')).toBeUndefined();
  expect(failures.endOf('undriven')).toBe('crash');
  expect(failures.count()).toBe(1);
});

test('what fails during a walk is left to the next one, also when it had failed before', () => {
  const failures = createFailures();
  failures.note('again', 'crash');
  const walk = failures.beginWalk();
  failures.settle('again');
  failures.note('again', 'handover');
  failures.note('new', 'crash');
  walk.end();
  expect(failures.endOf('again')).toBe('handover');
  expect(failures.endOf('new')).toBe('crash');
});

test('a walk that does not come to its end settles nothing', () => {
  const failures = createFailures();
  failures.note('unknown', 'crash');
  failures.beginWalk();
  expect(failures.count()).toBe(1);
});
