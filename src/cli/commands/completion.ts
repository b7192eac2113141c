import { Argument, type Command } from 'commander';
import type { CommandAdder } from '../cli.ts';
import { completionScript, type Shell, shells } from '../completion-script.ts';

/** `completion`: prints what makes a shell complete our commands. */
export const addCompletionCommand: CommandAdder = (program, { terminal }) => {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(ordersaga completion bash)      add it to ~/.bashrc to keep it
  $ source <(ordersaga completion zsh)       add it to ~/.zshrc, after compinit
  $ ordersaga completion fish > ~/.config/fish/completions/ordersaga.fish`,
    )
    .action((shell: Shell, _options: unknown, command: Command) => {
      terminal.out(completionScript(command.parent ?? program, shell).trimEnd());
    });
};
