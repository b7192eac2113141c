/** `GET /console/settings.json`: what the page is told about its gateway, with or without a token. */
export type ConsoleSettings = {
  readonly version: string;
  readonly demo: boolean;
  /** Whether calls can be made to go wrong on purpose. */
  readonly faults: boolean;
  /** Where traces can be looked at, with a place for the trace id. */
  readonly trace_url?: string;
};
