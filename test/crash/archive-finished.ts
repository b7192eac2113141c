/** A process that writes sagas to a log in a new directory, finishes them and archives them, two at a time. */
import { openSagaLog } from '../../src/stores/sqlite/saga-log.ts';
import { sagaIn } from '../contract/saga-log-fixture.ts';

const [file = ''] = process.argv.slice(2);
const log = await openSagaLog({ file, pid: process.pid, host: 'here', isAlive: () => false });
for (const pair of [
  ['s1', 's2'],
  ['s3', 's4'],
  ['s5', 's6'],
]) {
  for (const id of pair) await sagaIn('completed', log, id);
  await log.archive(pair);
}
await log.close();
