import type { SagaRow } from '../contract/sagas.ts';

/**
 * Puts what changed into rows that are sorted by id, newest first: known rows change in place, and new ones that belong
 * in the list are inserted in order.
 *
 * @returns the rows, and how many are new
 */
export function mergeChanges(
  rows: readonly SagaRow[],
  changes: readonly SagaRow[],
  belongs: (saga: SagaRow) => boolean,
): { readonly rows: readonly SagaRow[]; readonly fresh: number } {
  const latest = new Map(changes.map((saga) => [saga.id, saga]));
  const known = rows.map((row) => {
    const changed = latest.get(row.id);
    latest.delete(row.id);
    return changed ?? row;
  });
  const fresh = [...latest.values()].filter(belongs);
  if (fresh.length === 0) return { rows: known, fresh: 0 };
  return {
    rows: [...fresh, ...known].toSorted((a, b) => (a.id < b.id ? 1 : -1)),
    fresh: fresh.length,
  };
}
