/** Every answer that is not a good one. @see https://www.rfc-editor.org/rfc/rfc9457 */
export type ProblemAnswer = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened and what to do about it. */
  readonly detail: string;
  /** The path that was asked for. */
  readonly instance: string;
  /** Stable code, e.g. `order_not_found`. */
  readonly error: string;
  readonly message: string;
  /** Where the request is wrong, at most 20 places. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly trace_id: string;
  readonly request_id: string;
};
