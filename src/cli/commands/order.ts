import { type Command, Option } from 'commander';
import { endingByHand, leftAsItIs, type OrderEnding } from '../../checkout/by-hand.ts';
import type { OrderAnswer } from '../../contract/orders.ts';
import type { Cli, CommandAdder } from '../cli.ts';
import { CliError } from '../cli.ts';
import { type FollowOptions, followStory } from '../follow-story.ts';
import type { GatewayClient } from '../gateway-client.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { GatewayUnreachable } from '../http-call.ts';
import { interruptible } from '../interruption.ts';
import { type ItemOption, parseItem } from '../item-option.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { orderListText, orderStatusText, orderText } from '../order-text.ts';
import { haltAdvice } from '../saga-text.ts';
import { createStoryPrinter } from '../story-printer.ts';

/** `order submit|get|list|watch|cancel`: what a customer's side does with orders. */
export const addOrderCommands: CommandAdder = (program, cli) => {
  const order = program.command('order').description('submit, read, watch and cancel orders');
  addSubmit(order, cli);
  addGet(order, cli);
  addList(order, cli);
  addWatch(order, cli);
  addCancel(order, cli);
};

type SubmitOptions = {
  readonly customer: string;
  readonly item: readonly ItemOption[];
  readonly currency?: string;
  readonly idempotencyKey?: string;
  readonly watch?: boolean;
  readonly wait?: number;
};

const waitOption = (description: string): Option =>
  new Option('--wait <seconds>', description).argParser(wholeNumberBetween(1, 60));

function addSubmit(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('submit'))
    .description('submit an order')
    .requiredOption('--customer <id>', 'who orders')
    .addOption(
      new Option(
        '--item <product:quantity@price>',
        'a line of the order, e.g. prod_1:2@50.00; repeat for more lines',
      )
        .argParser(parseItem)
        .makeOptionMandatory(),
    )
    .option('--currency <code>', 'ISO 4217 currency (default: USD)')
    .option('--idempotency-key <key>', 'give the same key to repeat the command safely (default: a new one)')
    .option('--watch', 'tell the story of the order until it ends; exit 1 unless it is confirmed')
    .addOption(
      waitOption(
        'show the order once it has ended, or after this long (at most 60); exit 1 unless it is confirmed',
      ).conflicts('watch'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ordersaga order submit --customer cust_123 --item prod_1:1@50.00
  $ ordersaga order submit --customer cust_123 --item prod_1:2@50.00 --item prod_2:1@9.99 --watch
  $ ordersaga order submit --customer cust_123 --item prod_1:1@50.00 --wait 10 --json
  $ ordersaga order submit --customer cust_123 --item prod_1:1@600.00 --watch     # is declined and undone`,
    )
    .action(async (options: SubmitOptions, command: Command) => submit(options, command, cli));
}

async function submit(options: SubmitOptions, command: Command, cli: Cli): Promise<void> {
  const { terminal } = cli;
  const gateway = gatewayOf(command);
  const key = options.idempotencyKey ?? crypto.randomUUID();
  const order = {
    customer_id: options.customer,
    items: options.item,
    ...(options.currency === undefined ? {} : { currency: options.currency }),
  };
  const { wait: waitSeconds } = options;
  const again = `To try again without ordering twice, add --idempotency-key ${key}`;
  const submitted = gateway.submitOrder(order, key, { waitSeconds }).catch((error: unknown) => {
    if (!(error instanceof GatewayUnreachable)) throw error;
    throw new CliError(`${error.message}\n${again}`, 1, error);
  });
  // The order may exist already, and its id comes only with the answer.
  const answer = await interruptible(submitted, () => terminal.note(again));
  const isAwaited = waitSeconds !== undefined;
  if (answer.replayed)
    terminal.note(
      `This key was used before: ${isAwaited ? 'its order as it is now' : 'this is the first answer again'}.`,
    );
  if (isAwaited) return showEnd(answer.order, command, cli);
  const { id, status } = answer.order;
  if (options.watch !== true) {
    if (wantsJson(command)) terminal.json(answer.order);
    else {
      terminal.out(`${id}  ${orderStatusText(status, terminal.colours)}`);
      terminal.note(`Follow it with: ordersaga order watch ${id}`);
    }
    return;
  }
  if (!wantsJson(command)) terminal.note(`Order ${id}`);
  await watch(id, command, cli);
}

/** The order after a wait for its end. */
async function showEnd(order: OrderAnswer, command: Command, cli: Cli): Promise<void> {
  const { id, status } = order;
  await show(order, command, cli);
  if (status === 'CONFIRMED') return;
  const what = status === 'PENDING' ? 'It has not ended yet. Follow it' : 'See what happened';
  cli.terminal.note(`${what} with: ordersaga order watch ${id}`);
  cli.exitWith(1);
}

async function show(order: OrderAnswer, command: Command, { terminal }: Cli): Promise<void> {
  if (wantsJson(command)) terminal.json(order);
  else terminal.out(await orderText(order, terminal.colours));
}

function addGet(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('get'))
    .description('show an order')
    .argument('<id>', 'the order')
    .addOption(waitOption('wait for its end first, at most this long (up to 60)'))
    .action(async (id: string, { wait: waitSeconds }: { wait?: number }, command: Command) =>
      show(await gatewayOf(command).getOrder(id, { waitSeconds }), command, cli),
    );
}

type ListOptions = {
  readonly status?: string;
  readonly customer?: string;
  readonly limit: number;
  readonly cursor?: string;
};

function addList(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('list'))
    .description('list orders, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(['PENDING', 'CONFIRMED', 'CANCELLED']))
    .option('--customer <id>', 'only orders of this customer')
    .option('--limit <n>', 'orders per page', wholeNumberBetween(1, 200), 50)
    .option('--cursor <cursor>', 'go on where the previous page ended')
    .action(async ({ status, customer, limit, cursor }: ListOptions, command: Command) => {
      const page = await gatewayOf(command).listOrders({ status, customer_id: customer, limit, cursor });
      if (wantsJson(command)) return cli.terminal.json(page);
      if (page.orders.length === 0) return cli.terminal.note('No orders.');
      cli.terminal.out(await orderListText(page.orders, cli.terminal.colours));
      if (page.next_cursor) cli.terminal.note(`More: --cursor ${page.next_cursor}`);
    });
}

function addWatch(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('watch'))
    .description('tell the story of an order as it happens; exit 1 unless it is confirmed')
    .argument('<id>', 'the order')
    .addHelpText(
      'after',
      '\nThe story starts with the first event and survives lost connections. --json prints one event per line.',
    )
    .action(async (id: string, _options: unknown, command: Command) => watch(id, command, cli));
}

async function watch(id: string, command: Command, { terminal, exitWith }: Cli): Promise<void> {
  const print = createStoryPrinter(terminal.colours);
  const json = wantsJson(command);
  const skipped: string[] = [];
  let isHeld = false;
  const options: FollowOptions = {
    onEvent(event) {
      if (event.type === 'StepSkipped' && event.step !== undefined) skipped.push(event.step);
      isHeld = event.type === 'SagaHeld';
      if (json) terminal.json(event);
      else terminal.out(print(event));
    },
    onLost: () => terminal.note('Lost the connection; trying again.'),
    onQuiet() {
      // By then the story has said whom it waits for.
      if (!isHeld) terminal.note(`Nothing new for a while. What it waits for: ordersaga saga explain ${id}`);
    },
  };
  const gateway = gatewayOf(command);
  const end = await followStory(gateway, id, options);
  if (end === 'halted') terminal.note(haltAdvice(id));
  const ending = endingByHand('completed', skipped);
  if (end === 'completed' && ending !== undefined)
    return showLeft({ terminal, exitWith }, { id, gateway, ending });
  if (end !== 'completed') exitWith(1);
}

/** A saga also completes when a person declares that the order is confirmed by hand. Then its service knows whether it is. */
async function showLeft(
  { terminal, exitWith }: Pick<Cli, 'terminal' | 'exitWith'>,
  {
    id,
    gateway,
    ending,
  }: { readonly id: string; readonly gateway: GatewayClient; readonly ending: OrderEnding },
): Promise<void> {
  const { status } = await gateway.getOrder(id);
  terminal.note(`The customer sees ${status}: ${leftAsItIs(ending)}.`);
  if (status !== 'CONFIRMED') exitWith(1);
}

function addCancel(group: Command, cli: Cli): void {
  addGatewayOptions(group.command('cancel'))
    .description('cancel an order, as long as it can still be undone')
    .argument('<id>', 'the order')
    .option('--reason <text>', 'why; kept in the saga log')
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const answer = await gatewayOf(command).cancelOrder(id, reason);
      if (wantsJson(command)) return cli.terminal.json(answer);
      cli.terminal.out('Cancelling: what was done is being undone.');
      cli.terminal.note(`Follow it with: ordersaga order watch ${id}`);
    });
}
