import { join } from 'node:path';
import { openReadOnly } from '../../src/stores/sqlite/open-file.ts';
import { verifyFiles } from '../../src/verify/files/verify-files.ts';

/**
 * Everything that the databases show broken, one sentence each. They may be in use. An order that has not ended counts
 * as broken, and so does one that waits for a person or that a client was promised and that is missing.
 */
export async function problemsIn(
  dataDir: string,
  acknowledged: readonly { readonly orderId: string }[] = [],
): Promise<readonly string[]> {
  const report = await verifyFiles({ dataDir, nowMs: Date.now(), maxAgeMs: 0 });
  const kept = sagaIds(dataDir);
  const lost = acknowledged.filter(({ orderId }) => !kept.has(orderId));
  return [
    ...report.violations.map(({ invariant, message }) => `${invariant} ${message}`),
    ...report.halted_orders.map((id) => `order ${id} is halted`),
    ...lost.map(({ orderId }) => `order ${orderId} was acknowledged and is missing`),
    ...(report.orders.unfinished > 0 ? [`${report.orders.unfinished} orders have not ended`] : []),
  ];
}

function sagaIds(dataDir: string): ReadonlySet<string> {
  const database = openReadOnly(join(dataDir, 'saga.db'));
  try {
    return new Set(database.prepare<[], string>('SELECT id FROM saga').pluck().all());
  } finally {
    database.close();
  }
}
