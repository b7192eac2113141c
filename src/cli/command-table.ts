import type { CommandAdder } from './cli.ts';
import { addArchiveCommand } from './commands/archive.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommand } from './commands/config.ts';
import { addCrashTestCommand } from './commands/crash-test.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addEngineCommands } from './commands/engine.ts';
import { addFaultsCommands } from './commands/faults.ts';
import { addLoadCommand } from './commands/load.ts';
import { addOrderCommands } from './commands/order.ts';
import { addSagaCommands } from './commands/saga.ts';
import { addStartCommand } from './commands/start.ts';
import { addStockCommands } from './commands/stock.ts';
import { addVerifyCommand } from './commands/verify.ts';

/**
 * Every command, in the order that help lists them. The files only declare; whatever is slow to load is imported by
 * the action that needs it, so that help and completion stay fast.
 */
export const commandTable: readonly CommandAdder[] = [
  addStartCommand,
  addDemoCommand,
  addOrderCommands,
  addSagaCommands,
  addEngineCommands,
  addStockCommands,
  addVerifyCommand,
  addBackupCommand,
  addArchiveCommand,
  addCrashTestCommand,
  addFaultsCommands,
  addLoadCommand,
  addConfigCommand,
  addCompletionCommand,
];
