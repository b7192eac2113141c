// Takes the pictures in docs/screenshots from the built system, after real orders and real trouble.
// Run: npm run build && npx node scripts/screenshots.ts
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser } from '../test/console/browser.ts';
import { doubtfulCustomer, startStandIns } from '../test/console/stand-ins.ts';
import { createShop, orderOf, type Shop } from '../test/support/shop.ts';
import { startSystem } from '../test/support/system.ts';
import { smallPng } from './small-png.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
await mkdir(folder, { recursive: true });
const standIns = await startStandIns();
const system = await startSystem({
  args: [
    ...['--inventory-addr', standIns.inventoryAddress, '--payment-addr', standIns.paymentAddress],
    ...['--trace-url', 'http://localhost:3000/explore?trace={trace_id}'],
  ],
});
const shop = createShop(system.url);

/** Orders that go well and orders that do not, for a minute, so that the charts have something to say. */
async function trade(): Promise<{
  readonly halted: string;
  readonly undone: string;
  readonly confirmed: string;
}> {
  standIns.trouble.release = 'the warehouse is being counted; nothing can be booked in';
  standIns.trouble.refund = 'refunds are suspended by the acquirer until 06:00';
  const halted = await Promise.all(
    [2, 1, 3].map((quantity) =>
      shop.place(orderOf('prod_1', { quantity, price: 140, customer: doubtfulCustomer })),
    ),
  );
  const blocked = await Promise.all(
    ['cust_4711', 'cust_1042'].map((customer) => shop.place(orderOf('prod_2', { price: 720, customer }))),
  );
  await Promise.all([...halted, ...blocked].map(({ id }) => until(shop, id, 'halted')));
  delete standIns.trouble.release;
  for (let round = 0; round < 14; round += 1) {
    const orders = Array.from({ length: 3 + ((round * 7) % 9) }, (_, index) =>
      shop.place(
        orderOf(index % 7 === 5 ? 'prod_3' : index % 2 === 0 ? 'prod_1' : 'prod_2', {
          quantity: 1 + (index % 3),
          price: index % 6 === 4 ? 610 : 24.9,
          customer: `cust_${1_000 + ((round * 13 + index * 29) % 300)}`,
        }),
      ),
    );
    await Promise.all((await Promise.all(orders)).map(({ id }) => shop.ended(id)));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
  }
  const confirmed = await shop.place(orderOf('prod_1', { quantity: 2, price: 50, customer: 'cust_123' }));
  const undone = await shop.place(orderOf('prod_1', { price: 600, customer: 'cust_123' }));
  await Promise.all([shop.ended(confirmed.id), shop.ended(undone.id)]);
  return { halted: halted[0]?.id ?? '', undone: undone.id, confirmed: confirmed.id };
}

async function until({ ask }: Shop, id: string, status: string): Promise<void> {
  while ((await ask('GET', `/sagas/${id}`)).json?.status !== status)
    await new Promise((resolve) => setTimeout(resolve, 200));
}

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 320, height: 640 } } as const;

async function shoot(ids: Awaited<ReturnType<typeof trade>>): Promise<void> {
  const views: readonly (readonly [string, string, ((page: Page) => Promise<void>)?])[] = [
    ['overview', '/console', checkBooks],
    ['sagas', '/console/sagas'],
    ['saga', `/console/sagas/${ids.halted}`],
    ['saga-undone', `/console/sagas/${ids.undone}`],
    ['inbox', '/console/inbox'],
    ['inbox-retry', '/console/inbox', openRetry],
    ['try', '/console/try', submit],
    ['stock', '/console/stock'],
    ['services', '/console/services'],
    ['pause', '/console/services', openPause],
    ['paused', '/console/services', showPaused],
  ];
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const browser = await startBrowser({ viewport, colorScheme });
      const page = browser.context.pages()[0] ?? (await browser.context.newPage());
      for (const [name, path, prepare] of views) {
        await page.goto(system.url + path);
        await page.getByText('Live', { exact: true }).first().waitFor();
        await page.locator('.waiting').first().waitFor({ state: 'detached' });
        await prepare?.(page);
        const png = await page.screenshot({ fullPage: !asShown.has(name) });
        await resume();
        await writeFile(`${folder}${name}-${size}-${colorScheme}.png`, smallPng(png));
      }
      await browser.close();
    }
  }
}

/** As the window shows them, because a question covers them or they go on for long. */
const asShown = new Set(['sagas', 'inbox-retry', 'pause']);

async function openPause(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Pause the calls to payment…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Reason/).fill('CHG-4711: new disks for payment');
  await dialog.getByLabel(/Your name/).fill('Ada');
}

async function showPaused(page: Page): Promise<void> {
  const body = { participant: 'payment', reason: 'CHG-4711: new disks for payment', operator: 'Ada' };
  await shop.ask('POST', '/engine/pause', { body });
  await page.getByRole('region', { name: 'Paused' }).waitFor();
}

/** Ends what a picture needed, if it did. */
const resume = (): Promise<unknown> =>
  shop.ask('POST', '/engine/resume', { body: { participant: 'payment', reason: 'disks are in' } });

async function openRetry(page: Page): Promise<void> {
  const group = page.getByRole('region', { name: /charge-payment/ });
  await group.getByLabel(/Choose all/).check();
  await group.getByRole('button', { name: /^Retry/ }).click();
  await page
    .getByText(/refund .* USD/)
    .first()
    .waitFor();
}

async function checkBooks(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check the books now' }).click();
  await page.getByText('The books balance.').waitFor();
}

async function submit(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Declined/ }).click();
  await page.getByRole('button', { name: 'Submit the order' }).click();
  await page.locator('.run .badge', { hasText: 'Undone' }).waitFor();
}

try {
  await shoot(await trade());
} finally {
  await system.remove();
  await standIns.close();
}
