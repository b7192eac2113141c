import type { ComponentChildren } from 'preact';
import type { Scope } from '../../scopes.ts';
import { useMay } from '../standing.ts';

/** Shows something to those whose token allows it, and tells the others why it is not there. */
export function OnlyFor({
  scope,
  silent = false,
  children,
}: {
  readonly scope: Scope;
  /** Tells the others nothing, because it was said elsewhere. Default false. */
  readonly silent?: boolean;
  readonly children: ComponentChildren;
}) {
  const may = useMay(scope);
  if (may === true) return children;
  if (may === undefined || silent) return null;
  return (
    <p class="muted">
      Your token may look, no more: it lacks <code>{scope}</code>.
    </p>
  );
}
