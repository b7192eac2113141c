import { type Command, Option } from 'commander';
import { variableOf } from '../config/option.ts';
import { type Flags, rows } from '../config.ts';

/** Declares every option of the configuration table on a command, grouped, with default and variable. */
export function addConfigOptions(command: Command): Command {
  for (const [, row] of rows()) {
    const { flag, kind, help, group, seed } = row;
    const shownDefault = row.defaultHelp ?? kind.show(row.default);
    const variables = [variableOf(row), ...(seed ? [seed.name] : [])].join(' or ');
    const description = `${help} (default: ${shownDefault}; env: ${variables})`;
    const term = kind.placeholder === '' ? `--${flag}` : `--${flag} <${kind.placeholder.toLowerCase()}>`;
    command.addOption(new Option(term, description).helpGroup(`${group}:`));
    if (kind.placeholder === '') command.addOption(new Option(`--no-${flag}`, `not --${flag}`).hideHelp());
  }
  return command;
}

/** What was given on the command line, by option key; nothing that was not given. */
export function flagsFrom(command: Command): Flags {
  const given = command.opts<Record<string, string | boolean | undefined>>();
  return Object.fromEntries(
    rows().flatMap(([key, { flag }]) => {
      const value = given[camelCase(flag)];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

const camelCase = (flag: string): string =>
  flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
