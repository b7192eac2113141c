// The process that the crash explorer kills. Arguments: the data directory, and the boundary of its recovery at which it
// dies, if any.
import nodeModule from 'node:module';

// Loading is most of a start, and there are many. Written out early, because this process never ends in good order.
nodeModule.enableCompileCache();
const { liveUntilKilled } = await import('./live-until-killed.ts');
const [dataDir = '', dieInRecoveryAt] = process.argv.slice(2);
await liveUntilKilled({
  dataDir,
  ...(dieInRecoveryAt !== undefined && { dieInRecoveryAt: Number(dieInRecoveryAt) }),
});
nodeModule.flushCompileCache();
