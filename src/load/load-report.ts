import type { TallyReport } from './tally.ts';

/** What a run of load found. */
export type LoadReport = TallyReport & {
  readonly offeredPerSecond: number;
  readonly sendSeconds: number;
  /** Sagas that ended while orders were being sent, per second: the goodput, as the gateway counts it. */
  readonly finishedPerSecond: number;
  /** Sagas that had ended after the wait. */
  readonly finished: number;
  /** Sagas still under way after the wait. */
  readonly unfinished: number;
  readonly halted: number;
  readonly drainSeconds: number;
  readonly generatorCpuMicrosPerOrder: number;
};

/** Whether everything sent was answered as it should be and everything accepted has ended. */
export const isClean = ({ failed, notSent, unfinished, halted, accepted, finished }: LoadReport): boolean =>
  failed === 0 && notSent === 0 && unfinished === 0 && halted === 0 && finished >= accepted;
