import type { Report } from '../../verify/report.ts';

/** One check of the books. */
export type Verification = {
  readonly id: string;
  readonly startedAtMs: number;
  /** Orders that have been looked at, and how many there are. */
  readonly checked: number;
  readonly total: number;
} & (
  | { readonly status: 'running' }
  | { readonly status: 'done'; readonly finishedAtMs: number; readonly report: Report }
  /** The books could not be read; `problem` says why and what to do. */
  | { readonly status: 'failed'; readonly finishedAtMs: number; readonly problem: string }
);

/** What is known of the books: the result of the last check that could be completed. */
export type BooksState = 'balanced' | 'late' | 'violated' | 'unknown';

/** Checks of the books of all services, one at a time. */
export type Verifications = {
  /** Starts a check of everything, or returns the one that is under way. */
  start(options: { readonly maxAgeMs: number | undefined }): Verification;
  /** The latest checks are kept; `latest` is the last of them. */
  find(id: string): Verification | undefined;
  books(): BooksState;
};
