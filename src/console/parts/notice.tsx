import type { ComponentChildren } from 'preact';
import { ApiProblem, ApiUnreachable } from '../api.ts';
import { hrefOf } from '../place.ts';
import { useStanding } from '../standing.ts';
import { Icon } from './icon.tsx';

/** What is shown when there is nothing to show, and what to do about it. */
export const Empty = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) => (
  <div class="empty">
    <strong>{title}</strong>
    {children && <div>{children}</div>}
  </div>
);

/** Shown while there are no orders; links to the place to try one, where there is one. */
export const NoOrders = () => {
  const isDemo = useStanding().settings?.demo === true;
  return <Empty title="No order has come yet.">{isDemo && <a href={hrefOf('/try')}>Submit one</a>}</Empty>;
};

/** What went wrong, above what was known before. */
export const Failure = ({ error }: { readonly error: Error | undefined }) => {
  if (error === undefined) return null;
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{headline(error)}</strong>
        <div>{error.message}</div>
        {error instanceof ApiProblem && error.traceId !== '' && (
          <div class="muted">
            Trace <code>{error.traceId}</code>
          </div>
        )}
      </div>
    </div>
  );
};

function headline(error: Error): string {
  if (error instanceof ApiUnreachable) return 'No connection. What is shown may be old; trying again.';
  if (!(error instanceof ApiProblem)) return 'Something went wrong in this page.';
  if (error.status === 403) return 'Your token does not allow this.';
  if (error.status === 401) return 'A token is needed.';
  return 'The gateway could not do this.';
}

/** Reserves the space of what is still loading, so that nothing jumps when it arrives. */
export const Waiting = ({ lines = 4 }: { readonly lines?: number }) => (
  <div class="waiting" aria-busy="true">
    <span class="visually-hidden">Reading…</span>
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} class="bone" />
    ))}
  </div>
);
