import { useEffect, useRef, useState } from 'preact/hooks';
import type { VerificationAnswer } from '../contract/books.ts';
import { ask } from './api.ts';
import { useAsked } from './live.ts';

/** The latest check of the books, and a way to make one. */
export type Books = {
  readonly latest: VerificationAnswer | undefined;
  readonly error: Error | undefined;
  /** Starts a check, or joins the one that is under way. */
  readonly check: () => void;
};

/** @param wasChecked whether there is a check to be read at all */
export function useBooks(wasChecked: boolean): Books {
  const [started, setStarted] = useState<VerificationAnswer>();
  const [refusal, setRefusal] = useState<Error>();
  const path =
    started !== undefined
      ? `/verifications/${encodeURIComponent(started.id)}`
      : wasChecked
        ? '/verifications/latest'
        : undefined;
  const { value, error } = useAsked<VerificationAnswer>(path, { everyMs: started ? 500 : 15_000 });
  const shown = useRef<VerificationAnswer>(undefined);
  // The previous result stays visible while the next one is pending.
  shown.current = value ?? (started?.status === 'running' ? started : shown.current);
  useEffect(() => {
    if (value !== undefined && value.id === started?.id && value.status !== 'running') setStarted(undefined);
  }, [value, started]);

  function check(): void {
    setRefusal(undefined);
    ask<VerificationAnswer>('/verifications', { method: 'POST', body: {} }).then(setStarted, setRefusal);
  }
  return { latest: shown.current, error: refusal ?? error, check };
}
