/** Sorts behind every id, in place of "no bound", so that a query without one needs no statement of its own. */
export const afterEveryId = '\u{10FFFF}';
