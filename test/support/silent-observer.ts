import { type Observer, traceRefFrom } from '../../src/engine/observer.ts';

/** Observes nothing; every row then carries the ids of the request that started the saga. */
export const silentObserver: Observer = {
  attempt: ({ traceparent }) => ({ traceparent, trace: traceRefFrom(traceparent), end: () => {} }),
  recorded: () => {},
  released: () => {},
  refusedAdmission: () => {},
  breakerChanged: () => {},
  pausesChanged: () => {},
  trouble: () => {},
};
