/** The metadata keys that calls between the services carry. */
export const metadataKeys = {
  idempotencyKey: 'x-idempotency-key',
  requestId: 'x-request-id',
  epoch: 'x-saga-epoch',
  step: 'x-saga-step',
  traceparent: 'traceparent',
} as const;
