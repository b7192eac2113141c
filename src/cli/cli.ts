import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a command gets: somewhere to write, and a way to say how it ended. */
export type Cli = {
  readonly terminal: Terminal;
  /** 0 done, 1 failed, 2 usage, 3 could not tell. The last call counts; 0 without one. */
  exitWith(code: ExitCode): void;
};

export type ExitCode = 0 | 1 | 2 | 3;

/** Adds one command (or one group) to the program. */
export type CommandAdder = (program: Command, cli: Cli) => void;

/** A command failed for a reason that its user can understand. Printed without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = 1, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}
