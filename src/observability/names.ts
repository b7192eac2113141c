import type { MetricDefinition } from './metric-definition.ts';

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const sagaBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
] as const;

const service = 'gateway, order, inventory, payment';
const step = 'steps of the saga definition';
const direction = 'action, compensation, inquiry';
const participant = 'participants of the saga definition';
const cause =
  'cancel_requested, deadline_exceeded, unavailable, faulted, payment_declined, out_of_stock, unknown_product, other';

/**
 * Every metric, by the name that the code uses for it. The code writes through this table, the documentation is printed
 * from it, and a test holds dashboards and alert rules against it.
 */
export const metricTable = {
  ordersAccepted: {
    name: 'ordersaga_orders_accepted_total',
    type: 'counter',
    unit: '{order}',
    help: 'Orders whose saga became durable',
    labels: {},
  },
  ordersConfirmed: {
    name: 'ordersaga_orders_confirmed_total',
    type: 'counter',
    unit: '{order}',
    help: 'Orders whose saga completed',
    labels: {},
  },
  ordersCancelled: {
    name: 'ordersaga_orders_cancelled_total',
    type: 'counter',
    unit: '{order}',
    help: 'Orders that were undone completely, by what turned them back',
    labels: { reason: cause },
  },
  sagaDuration: {
    name: 'ordersaga_saga_duration_seconds',
    type: 'histogram',
    unit: 's',
    help: 'From acceptance to the final state',
    labels: { status: 'completed, compensated' },
    buckets: sagaBuckets,
  },
  stepAttempts: {
    name: 'ordersaga_step_attempts_total',
    type: 'counter',
    unit: '{attempt}',
    help: 'Ended calls to participants',
    labels: {
      step,
      direction,
      outcome:
        'succeeded, rejected, retryable, inDoubt, faulted, fenced, unreached; of inquiries tookEffect, refused, absent, unanswered, unreached',
    },
  },
  stepDuration: {
    name: 'ordersaga_step_attempt_duration_seconds',
    type: 'histogram',
    unit: 's',
    help: 'How long calls to participants took',
    labels: { step, direction },
    buckets: latencyBuckets,
  },
  stepRetries: {
    name: 'ordersaga_step_retries_total',
    type: 'counter',
    unit: '{attempt}',
    help: 'Attempts after the first of a step and direction',
    labels: { step, direction },
  },
  compensationsStarted: {
    name: 'ordersaga_compensations_started_total',
    type: 'counter',
    unit: '{saga}',
    help: 'Sagas that turned back, by what turned them back',
    labels: { reason: cause },
  },
  stepsCompensated: {
    name: 'ordersaga_steps_compensated_total',
    type: 'counter',
    unit: '{step}',
    help: 'Steps whose compensation succeeded',
    labels: { step },
  },
  sagasHalted: {
    name: 'ordersaga_sagas_halted_total',
    type: 'counter',
    unit: '{saga}',
    help: 'Times a saga stopped to wait for a person',
    labels: { cause: 'budget_spent, rejected, faulted, in_doubt, poison' },
  },
  sagasRecovered: {
    name: 'ordersaga_sagas_recovered_total',
    type: 'counter',
    unit: '{saga}',
    help: 'Sagas taken over from a driver that ended',
    labels: { after: 'crash, handover' },
  },
  sagasUnfinished: {
    name: 'ordersaga_sagas_unfinished',
    type: 'gauge',
    unit: '{saga}',
    help: 'Sagas of this process that are neither completed nor compensated, and all that are halted',
    labels: { status: 'running, compensating, halted' },
  },
  oldestUnfinishedAge: {
    name: 'ordersaga_oldest_unfinished_age_seconds',
    type: 'gauge',
    unit: 's',
    help: 'Age of the oldest unfinished saga of this process, halted ones included; 0 when there is none',
    labels: {},
  },
  moneyAtRisk: {
    name: 'ordersaga_money_at_risk_minor_units',
    type: 'gauge',
    unit: '{minor_unit}',
    help: 'Money taken, or perhaps taken, for orders that are not finished, in minor units of the currency',
    labels: { currency: 'ISO 4217 codes in use, the first 199' },
  },
  unitsHeld: {
    name: 'ordersaga_units_held',
    type: 'gauge',
    unit: '{unit}',
    help: 'Units of stock reserved, or perhaps reserved, for orders that are not finished',
    labels: {},
  },
  sagasLive: {
    name: 'ordersaga_sagas_live',
    type: 'gauge',
    unit: '{saga}',
    help: 'Sagas that this process drives now, waits included',
    labels: {},
  },
  sagasLiveLimit: {
    name: 'ordersaga_sagas_live_limit',
    type: 'gauge',
    unit: '{saga}',
    help: 'Live sagas above which new ones are refused',
    labels: {},
  },
  admissionQueue: {
    name: 'ordersaga_admission_queue_length',
    type: 'gauge',
    unit: '{order}',
    help: 'Orders being accepted: asked for and not yet durable',
    labels: {},
  },
  admissionRefused: {
    name: 'ordersaga_admission_refused_total',
    type: 'counter',
    unit: '{order}',
    help: 'Orders refused because of overload, shutdown or a log that cannot be written',
    labels: { why: 'live, busy, stopping, log' },
  },
  breakerState: {
    name: 'ordersaga_breaker_state',
    type: 'gauge',
    unit: '1',
    help: '1 for the state that the circuit breaker of a participant is in, 0 for the others',
    labels: { participant, state: 'closed, open, half-open' },
  },
  breakerTransitions: {
    name: 'ordersaga_breaker_transitions_total',
    type: 'counter',
    unit: '{transition}',
    help: 'Times a circuit breaker entered a state',
    labels: { participant, state: 'closed, open, half-open' },
  },
  enginePaused: {
    name: 'ordersaga_engine_paused',
    type: 'gauge',
    unit: '1',
    help: '1 while a person holds back the calls to a participant, or to all of them',
    labels: { participant: `all, ${participant}` },
  },
  logFailing: {
    name: 'ordersaga_saga_log_failing',
    type: 'gauge',
    unit: '1',
    help: '1 while the last write to the saga log failed',
    labels: {},
  },
  trouble: {
    name: 'ordersaga_trouble_total',
    type: 'counter',
    unit: '{event}',
    help: 'Things that an operator should know and that stopped nothing',
    labels: { what: 'fixed texts of the engine, problem codes, gRPC methods' },
  },
  idempotency: {
    name: 'ordersaga_idempotency_requests_total',
    type: 'counter',
    unit: '{request}',
    help: 'Requests with an idempotency key, by what became of them',
    labels: { result: 'accepted, replayed, mismatch, in_flight' },
  },
  idempotencyFallbacks: {
    name: 'ordersaga_idempotency_cache_fallbacks_total',
    type: 'counter',
    unit: '{request}',
    help: 'Look-ups that went to the database because the shared cache could not tell',
    labels: {},
  },
  idempotencyCacheState: {
    name: 'ordersaga_idempotency_cache_state',
    type: 'gauge',
    unit: '1',
    help: '1 for the state that the idempotency cache is in, 0 for the others',
    labels: { state: 'connected, degraded, local' },
  },
  booksBalanced: {
    name: 'ordersaga_books_balanced',
    type: 'gauge',
    unit: '1',
    help: '0 when the last check of the books found a promise broken; 1 otherwise, also when orders are only late, and before the first check',
    labels: {},
  },
  booksViolations: {
    name: 'ordersaga_books_violations',
    type: 'gauge',
    unit: '{violation}',
    help: 'What the last check of the books found broken, by invariant; late orders are not counted',
    labels: { invariant: 'I1 to I10' },
  },
  booksLate: {
    name: 'ordersaga_books_late_orders',
    type: 'gauge',
    unit: '{order}',
    help: 'Orders that the last check of the books found neither finished nor halted after the time that they may take',
    labels: {},
  },
  booksCheckedAt: {
    name: 'ordersaga_books_last_check_timestamp_seconds',
    type: 'gauge',
    unit: 's',
    help: 'When the books were last checked since the Unix epoch; 0 before the first check',
    labels: {},
  },
  commitOperations: {
    name: 'ordersaga_log_commit_operations',
    type: 'histogram',
    unit: '{write}',
    help: 'Writes made durable by one commit of a database',
    labels: { service },
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  },
  commitDuration: {
    name: 'ordersaga_log_commit_duration_seconds',
    type: 'histogram',
    unit: 's',
    help: 'One commit of a database, fsync included',
    labels: { service },
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  },
  httpDuration: {
    name: 'http_server_request_duration_seconds',
    type: 'histogram',
    unit: 's',
    help: 'HTTP requests to the gateway',
    labels: {
      http_request_method: 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, _OTHER',
      http_route: 'route templates',
      http_response_status_code: 'HTTP status codes in use',
    },
    buckets: latencyBuckets,
  },
  rpcDuration: {
    name: 'rpc_server_call_duration_seconds',
    type: 'histogram',
    unit: 's',
    help: 'gRPC calls served, streams excluded',
    labels: { service, rpc_method: 'methods of the protos', rpc_response_status_code: 'gRPC status names' },
    buckets: latencyBuckets,
  },
  logLines: {
    name: 'ordersaga_log_lines_total',
    type: 'counter',
    unit: '{line}',
    help: 'Log lines written',
    labels: { level: 'info, warn, error' },
  },
  spans: {
    name: 'ordersaga_spans_total',
    type: 'counter',
    unit: '{span}',
    help: 'Spans by what became of them; unsampled spans of sagas that ended well are not counted',
    labels: { result: 'exported, failed, dropped' },
  },
  eventLoopDelay: {
    name: 'nodejs_eventloop_delay_seconds',
    type: 'gauge',
    unit: 's',
    help: 'Event loop delay since the last look, at least 5 s ago',
    labels: { stat: 'p50, p90, p99, max' },
  },
  eventLoopUtilization: {
    name: 'nodejs_eventloop_utilization_ratio',
    type: 'gauge',
    unit: '1',
    help: 'Share of time that the event loop was busy since the last look, at least 5 s ago',
    labels: {},
  },
  heapUsed: {
    name: 'nodejs_heap_used_bytes',
    type: 'gauge',
    unit: 'By',
    help: 'JavaScript heap in use',
    labels: {},
  },
  residentMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    unit: 'By',
    help: 'Resident memory',
    labels: {},
  },
  cpuTime: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    unit: 's',
    help: 'User and system CPU time',
    labels: {},
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    unit: 's',
    help: 'Start of the process since the Unix epoch',
    labels: {},
  },
  buildInfo: {
    name: 'ordersaga_build_info',
    type: 'gauge',
    unit: '1',
    help: 'Always 1; says what runs',
    labels: { version: 'version of ordersaga', node: 'version of Node' },
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricTable = typeof metricTable;
export type MetricKey = keyof MetricTable;

/**
 * What every process tells. The other metrics are those of the service that drives sagas: their zeros would be lies in a
 * process without it, and `absent()` would never hold.
 */
export const metricsOfEveryProcess: ReadonlySet<MetricKey> = new Set([
  'trouble',
  'commitOperations',
  'commitDuration',
  'rpcDuration',
  'logLines',
  'spans',
  'eventLoopDelay',
  'eventLoopUtilization',
  'heapUsed',
  'residentMemory',
  'cpuTime',
  'startTime',
  'buildInfo',
]);

export type LabelsOf<K extends MetricKey> = keyof MetricTable[K]['labels'] & string;
