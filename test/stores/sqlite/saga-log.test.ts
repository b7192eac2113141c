import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChainHead } from '../../../src/stores/hash-chain.ts';
import { openReadOnly } from '../../../src/stores/sqlite/open-file.ts';
import { openSagaLog } from '../../../src/stores/sqlite/saga-log.ts';
import { sagaLogContract } from '../../contract/saga-log.contract.ts';
import type { SagaLogSubject } from '../../contract/saga-log-fixture.ts';

sagaLogContract('SQLite in its own thread', async () => subject(true));
sagaLogContract('SQLite inline', async () => subject(false));

function subject(thread: boolean): SagaLogSubject {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-saga-log-'));
  const file = join(folder, 'saga.db');
  let opened = 0;
  return {
    open(process = {}) {
      opened += 1;
      // Other processes are played inline: starting a thread is most of what these tests take.
      const options = { file, thread: thread && opened === 1, pid: 1, host: 'here', isAlive: () => true };
      return openSagaLog({ ...options, ...process });
    },
    async headOf(sagaId) {
      const database = openReadOnly(file);
      try {
        const select = 'SELECT seq, head_hash AS hash FROM saga WHERE id = ?';
        return database.prepare<[string], ChainHead>(select).get(sagaId);
      } finally {
        database.close();
      }
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
