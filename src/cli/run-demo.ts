import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exactMinorFromDecimal } from '../checkout/money.ts';
import { freePorts, resolveConfig } from '../config.ts';
import type { OrderAnswer } from '../contract/orders.ts';
import { urlOf } from './banner.ts';
import { type Cli, CliError } from './cli.ts';
import { closeRunning } from './close-running.ts';
import { booksText, type DemoBooks, problemsIn } from './demo-books.ts';
import { type DemoStory, demoStories } from './demo-stories.ts';
import { followStory } from './follow-story.ts';
import { createGatewayClient, type GatewayClient } from './gateway-client.ts';
import { createPaymentReader, type Money, type PaymentReader } from './payment-reader.ts';
import { listenForShutdown, type Shutdown } from './shutdown.ts';
import { createStoryPrinter } from './story-printer.ts';
import type { Terminal } from './terminal.ts';

export type DemoOptions = { readonly keep?: boolean; readonly json?: boolean };

/**
 * Runs the four orders in a shop of their own and checks how each one ends.
 *
 * @throws CliError when it is interrupted
 */
export async function runDemo(options: DemoOptions, cli: Cli): Promise<void> {
  const { terminal } = cli;
  const shutdown = listenForShutdown(() =>
    terminal.note('Stopping at once; the temporary directory is left behind.'),
  );
  const dataDir = await mkdtemp(join(tmpdir(), 'ordersaga-demo-'));
  try {
    await runShop(dataDir, options, { ...cli, shutdown });
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
    throw new CliError('The demo was interrupted.', 1, error);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
    shutdown.close();
  }
}

async function runShop(
  dataDir: string,
  options: DemoOptions,
  { terminal, exitWith, shutdown }: Cli & { readonly shutdown: Shutdown },
): Promise<void> {
  // An empty environment: the demo is the same for everybody.
  const { config } = resolveConfig({ ...freePorts, dataDir, logLevel: 'error', logFormat: 'pretty' }, {});
  const { boot } = await import('../boot.ts');
  const running = await boot(config);
  const paymentAddress = running.services.find(({ name }) => name === 'payment')?.address;
  if (running.http === undefined || paymentAddress === undefined)
    throw new Error('the demo needs all four services');
  const url = urlOf(running.http);
  const payments = createPaymentReader(paymentAddress);
  try {
    const gateway = createGatewayClient({ url });
    const told: ToldStory[] = [];
    for (const story of demoStories)
      told.push(await tell(story, { gateway, payments, terminal, shutdown, quiet: options.json === true }));
    const ok = await conclude(told, options, { gateway, terminal });
    if (!ok) exitWith(1);
    if (options.keep === true && !shutdown.signal.aborted) await keepOpen(url, shutdown, terminal);
  } finally {
    payments.close();
    await closeRunning(running, config.shutdownGraceMs);
  }
}

type ToldStory = {
  readonly story: DemoStory;
  readonly order: OrderAnswer;
  readonly money: Money;
  readonly problems: readonly string[];
};

type Telling = {
  readonly gateway: GatewayClient;
  readonly payments: PaymentReader;
  readonly terminal: Terminal;
  readonly shutdown: Shutdown;
  readonly quiet: boolean;
};

/** Runs one order to its end, says what happens, and checks the end. */
async function tell(
  story: DemoStory,
  { gateway, payments, terminal, shutdown, quiet }: Telling,
): Promise<ToldStory> {
  const { colours } = terminal;
  const say = quiet ? () => {} : terminal.out;
  say(colours.bold(story.title));
  const { order: accepted } = await gateway.submitOrder(story.order, crypto.randomUUID());
  const print = createStoryPrinter(colours);
  const types = new Set<string>();
  await followStory(gateway, accepted.id, {
    signal: shutdown.signal,
    onEvent: (event) => {
      types.add(event.type);
      say(print(event));
    },
  });
  const order = await gateway.getOrder(accepted.id);
  const money = await payments.moneyOf(accepted.id);
  const problems = problemsOf(story, { order, money, types });
  const as = order.reason ? `${order.status}, "${order.reason}"` : order.status;
  say(
    problems.length === 0
      ? `${colours.green('As it should be:')} ${as}\n`
      : `${colours.red(problems.join('\n'))}\n`,
  );
  return { story, order, money, problems };
}

function problemsOf(
  { expected }: DemoStory,
  { order, money, types }: Pick<ToldStory, 'order' | 'money'> & { readonly types: ReadonlySet<string> },
): readonly string[] {
  const { status, reason, event, paidMinor } = expected;
  const paid = money.capturedMinor - money.refundedMinor;
  return [
    ...(order.status === status ? [] : [`Expected the order to be ${status}, but it is ${order.status}.`]),
    ...(order.reason === reason
      ? []
      : [`Expected the reason ${reason ?? 'to be absent'}, but it is ${order.reason ?? 'absent'}.`]),
    ...(event === undefined || types.has(event)
      ? []
      : [`Expected the story to contain ${event}, but it does not.`]),
    ...(paid === paidMinor
      ? []
      : [`Expected the customer to have paid ${paidMinor} cents, but it is ${paid}.`]),
  ];
}

/** Shows the books and says whether everything is as it has to be. */
async function conclude(
  told: readonly ToldStory[],
  { json }: DemoOptions,
  { gateway, terminal }: Pick<Telling, 'gateway' | 'terminal'>,
): Promise<boolean> {
  const books: DemoBooks = {
    stock: await gateway.listStock(),
    capturedMinor: sum(told.map(({ money }) => money.capturedMinor)),
    refundedMinor: sum(told.map(({ money }) => money.refundedMinor)),
    confirmedMinor: sum(
      told.map(({ order }) =>
        order.status === 'CONFIRMED' ? exactMinorFromDecimal(order.total, order.currency) : 0,
      ),
    ),
  };
  const problems = problemsIn(books);
  const ok = problems.length === 0 && told.every((story) => story.problems.length === 0);
  if (json === true) {
    const stories = told.map(({ story, order, problems }) => ({ title: story.title, order, problems }));
    terminal.json({ ok, stories, books, problems });
    return ok;
  }
  terminal.out(await booksText(books, terminal.colours));
  for (const problem of problems) terminal.out(terminal.colours.red(problem));
  terminal.out(
    ok
      ? terminal.colours.green('\nEvery order ended as it has to; stock and money add up.')
      : terminal.colours.red('\nNot as it has to be, see above.'),
  );
  return ok;
}

async function keepOpen(url: string, shutdown: Shutdown, { note }: Terminal): Promise<void> {
  note(`\nStill running: ${url} (API pages at ${url}/docs). Try:`);
  note(`  ordersaga order list --url ${url}`);
  note('Ctrl-C ends it and removes its data.');
  await shutdown.requested;
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
