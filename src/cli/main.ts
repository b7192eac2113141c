import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { version } from '../version.ts';
import { type Cli, CliError, type ExitCode } from './cli.ts';
import { commandTable } from './command-table.ts';
import { addHelpCommand } from './commands/help.ts';
import { helpLayout } from './help-layout.ts';
import { createTerminal, type OutputStream, type Terminal } from './terminal.ts';

const epilogue = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 could not be checked. Results go to stdout, progress and errors to stderr.

Examples:
  $ ordersaga demo                          see four orders succeed, fail and recover
  $ ordersaga start                         run all four services on this machine
  $ ordersaga order submit --customer cust_123 --item prod_1:1@50.00 --watch
  $ ordersaga saga list --status halted     what waits for a person
`;

/**
 * Runs one command line.
 *
 * @param args without the program's own name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function main(
  args: readonly string[],
  stdout: OutputStream = process.stdout,
  stderr: OutputStream = process.stderr,
): Promise<ExitCode> {
  if (stdout === process.stdout) endWithStdout();
  const terminal = createTerminal(stdout, stderr);
  let exitCode: ExitCode = 0;
  const program = createProgram({ terminal, exitWith: (code) => (exitCode = code) }, stdout, stderr);
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, terminal);
  }
}

/** The whole command tree. */
function createProgram(cli: Cli, stdout: OutputStream, stderr: OutputStream): Command {
  const program = new Command('ordersaga')
    .description('An order either completes everywhere or is undone everywhere, and you can prove it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    // For groups. The program has a help command of its own, which knows every level.
    .helpCommand('help [command]', 'print help for a command')
    .helpCommand(false)
    .addHelpText('after', epilogue)
    .showHelpAfterError('(add --help for how to use it)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => Math.min(stdout.columns ?? 100, 120),
    })
    .configureHelp(helpLayout);
  for (const add of commandTable) add(program, cli);
  addHelpCommand(program);
  return program;
}

function report(error: unknown, { note, noteColours }: Terminal): ExitCode {
  // Commander has printed its own message already; its "exit code 1" always means wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const prefix = noteColours.red('ordersaga:');
  if (error instanceof ConfigError) {
    for (const problem of error.problems) note(`${prefix} ${problem}`);
    return 2;
  }
  if (error instanceof CliError) {
    note(`${prefix} ${error.message}`);
    return error.exitCode;
  }
  // It says which file, why, and what to do. By its name, because loading the class would load SQLite for every command.
  if (error instanceof Error && error.name === 'DatabaseError') {
    note(`${prefix} ${error.message}`);
    return 1;
  }
  note(`${prefix} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

/** `ordersaga … | head` closes our stdout, which is not an error. A full disk behind it is one. */
function endWithStdout(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
    process.stderr.write(`ordersaga: the result cannot be written: ${message}\n`);
    process.exit(1);
  });
}
