import type { Command } from 'commander';
import { resolveConfig, rows, type Setting } from '../../config.ts';
import type { CommandAdder } from '../cli.ts';
import { addConfigOptions, flagsFrom } from '../config-options.ts';
import { wantsJson } from '../gateway-options.ts';
import { tableText } from '../table.ts';

/** `config`: what `start` would run with, and where each value comes from. */
export const addConfigCommand: CommandAdder = (program, { terminal }) => {
  const command = program
    .command('config')
    .description('print the configuration that "start" would use, and where each value comes from')
    .option('--json', 'print JSON for scripts')
    .addHelpText(
      'after',
      '\nA flag beats its ORDERSAGA_… variable, which beats a variable of the Go showcase, which beats the default.',
    );
  addConfigOptions(command).action(async (_options: unknown, self: Command) => {
    const { settings, warnings } = resolveConfig(flagsFrom(self));
    for (const warning of warnings) terminal.note(`${terminal.noteColours.yellow('warning:')} ${warning}`);
    if (wantsJson(self)) return terminal.json(jsonOf(settings));
    const lines = settings.map(({ key, text, from }) => [
      `--${flagOf(key)}`,
      text === '' ? '-' : text,
      from === 'default' ? terminal.colours.dim(from) : from,
    ]);
    terminal.out(
      await tableText([{ head: 'OPTION' }, { head: 'VALUE' }, { head: 'FROM' }], lines, terminal.colours),
    );
  });
};

const flagOf = (key: Setting['key']): string => rows().find(([other]) => other === key)?.[1].flag ?? key;

/** By flag. Values are as displayed, so secrets stay masked. */
const jsonOf = (settings: readonly Setting[]): unknown =>
  Object.fromEntries(
    settings.map(({ key, text, source, from }) => [flagOf(key), { value: text, source, from }]),
  );
