import { expect, it } from 'vitest';
import { logqlFields, logqlStreamLabels, promqlNames, traceqlNames } from './query-names.ts';

it('names in PromQL were metrics, labels and values, and nothing else', () => {
  const names = promqlNames(
    'histogram_quantile(0.95, sum by (le, step) (rate(a_seconds_bucket{status!~"x|y"}[$__rate_interval]))) > 1e6 and on (job) b_total offset 5m',
  );
  expect([...names.metrics]).toEqual(['a_seconds_bucket', 'b_total']);
  expect([...names.labels]).toEqual(['status', 'le', 'step', 'job']);
  expect(names.values).toEqual([
    ['status', 'x'],
    ['status', 'y'],
  ]);
});

it('fields in LogQL were those of filters and templates, and labels those of the selector', () => {
  const query = '{service_name=~"a.*"} | json | level="error" | saga_id!="" | line_format "{{.message}}"';
  expect([...logqlFields(query)]).toEqual(['level', 'saga_id', 'message']);
  expect(logqlStreamLabels(query)).toEqual(['service_name']);
});

it('names in TraceQL were attributes and names of spans', () => {
  const { attributes, spans } = traceqlNames(
    '{ name = "saga halted" && span.saga.recovered = true } | select(span.saga.id)',
  );
  expect([...attributes]).toEqual(['saga.recovered', 'saga.id']);
  expect([...spans]).toEqual(['saga halted']);
});
