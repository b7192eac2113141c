import type { CommandAdder } from '../cli.ts';
import type { DemoOptions } from '../run-demo.ts';

/** `demo`: four orders in a temporary shop, each checked against how it has to end. */
export const addDemoCommand: CommandAdder = (program, cli) => {
  program
    .command('demo')
    .description('run four orders in a throw-away shop and check how each one ends')
    .option('--keep', 'leave the shop running afterwards, until Ctrl-C')
    .option('--json', 'print one line of JSON with what happened')
    .addHelpText(
      'after',
      '\nAll services run on free ports with a temporary data directory, which is removed at the end. Exit code 0 means that every order ended as it should and that stock and money add up.',
    )
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('../run-demo.ts');
      await runDemo(options, cli);
    });
};
