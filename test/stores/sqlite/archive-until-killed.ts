/** A process that archives sagas and kills itself right before the batch of that number, counted over log and archive. */
import { openSagaLog } from '../../../src/stores/sqlite/saga-log.ts';

const [file = '', batch = '', ...ids] = process.argv.slice(2);
let left = Number(batch);

const log = await openSagaLog({
  file,
  thread: false,
  pid: process.pid,
  host: 'here',
  isAlive: () => false,
  schedule(flush) {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    setImmediate(flush);
  },
});
await log.archive(ids);
await log.close();
