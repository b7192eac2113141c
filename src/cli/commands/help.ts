import type { Command } from 'commander';

/** `help order submit`: the help of a command, however deep it lies. Commander's own knows only the first level. */
export function addHelpCommand(program: Command): void {
  program
    .command('help')
    .description('print help for a command')
    .argument('[command...]', 'the command, e.g. order submit')
    .action((path: string[]) => {
      let command = program;
      for (const name of path) {
        const next = command.commands.find((one) => one.name() === name || one.aliases().includes(name));
        if (next === undefined) return program.error(`error: unknown command '${path.join(' ')}'`);
        command = next;
      }
      command.help();
    });
}
