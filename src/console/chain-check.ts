import type { EventAnswer } from '../contract/sagas.ts';

/** The result of checking the hashes of a saga's log. */
export type ChainCheck =
  | { readonly kind: 'whole'; readonly rows: number }
  /** Each row names the hash of the one before, but this browser offers no SHA-256 here to compute them again. */
  | { readonly kind: 'linked'; readonly rows: number }
  | { readonly kind: 'broken'; readonly why: string };

/** Recomputes the chain that `src/stores/hash-chain.ts` describes, from what the gateway answered. */
export async function checkChain(sagaId: string, events: readonly EventAnswer[]): Promise<ChainCheck> {
  let before = '0'.repeat(64);
  for (const [index, row] of events.entries()) {
    if (row.seq !== index + 1) return { kind: 'broken', why: `row ${index + 1} is missing` };
    if (row.prev_hash !== before)
      return { kind: 'broken', why: `row ${row.seq} does not follow the one before it` };
    before = row.hash;
  }
  // Browsers offer it only to pages from loopback or over TLS.
  if (!window.isSecureContext) return { kind: 'linked', rows: events.length };
  for (const row of events) {
    if ((await hashOf(sagaId, row)) !== row.hash)
      return { kind: 'broken', why: `the hash of row ${row.seq} does not match its content` };
  }
  return { kind: 'whole', rows: events.length };
}

async function hashOf(sagaId: string, row: EventAnswer): Promise<string> {
  const lines = [
    'ordersaga-log-1',
    row.prev_hash,
    row.seq,
    row.epoch,
    Date.parse(row.at),
    row.trace_id,
    row.span_id,
    // Parsing and printing JSON that a JavaScript engine printed gives the same text again.
    JSON.stringify(row.data),
    sagaId,
  ];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('\n')));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
