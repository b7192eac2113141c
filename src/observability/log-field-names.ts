/** Fields of a log line that have a fixed meaning, by the name that the code uses. */
export const logFields = {
  time: 'time',
  level: 'level',
  message: 'message',
  service: 'service',
  traceId: 'trace_id',
  spanId: 'span_id',
  sagaId: 'saga_id',
  requestId: 'request_id',
  error: 'error',
} as const;
