import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { type System, startSystem } from '../support/system.ts';
import { hasBrowser, startBrowser } from './browser.ts';
import { startStandIns } from './stand-ins.ts';

// CI installs a browser, so that there these tests cannot be missed unseen.
const unseen = !hasBrowser && process.env.CI === undefined;
const startTimeoutMs = 120_000;

let system: System;
let shop: Shop;
let standIns: Awaited<ReturnType<typeof startStandIns>>;
let browser: Awaited<ReturnType<typeof startBrowser>>;
let page: Page;
let complaints: string[];

describe.skipIf(unseen)('the console in a browser', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    standIns = await startStandIns();
    system = await startSystem({
      args: ['--inventory-addr', standIns.inventoryAddress, '--payment-addr', standIns.paymentAddress],
    });
    shop = createShop(system.url);
    browser = await startBrowser({ viewport: { width: 1280, height: 800 } });
    browser.context.setDefaultTimeout(30_000);
  }, startTimeoutMs);

  afterAll(async () => {
    await browser?.close();
    await system?.remove();
    await standIns?.close();
  }, startTimeoutMs);

  beforeEach(async () => {
    complaints = [];
    page = await browser.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const open = async (path: string): Promise<void> => {
    await page.goto(`${system.url}/console${path}`);
    await page.getByText('Live', { exact: true }).waitFor();
  };

  /** A declined order whose stock cannot be given back. */
  async function haltedOrder(customer = 'cust_halted'): Promise<string> {
    standIns.trouble.release = 'the warehouse is being counted';
    const { id } = await shop.place(orderOf('prod_1', { price: 600, customer }));
    for await (const { type } of shop.events(id, 0, AbortSignal.timeout(30_000)))
      if (type === 'SagaHalted') return id;
    throw new Error('it ended instead of halting');
  }

  it('showed a submitted order run to its confirmation', async () => {
    await open('/try');
    await page.getByRole('button', { name: /^Goes through/ }).click();
    await page.getByRole('button', { name: 'Submit the order' }).click();
    const run = page.getByRole('region', { name: 'The order' });
    await run.getByText('Confirmed', { exact: true }).waitFor();
    await run.getByText('Charged 50.00 USD to cust_123').waitFor();
    await run.getByRole('link', { name: 'Whole saga' }).click();
    await page.getByRole('heading', { name: '1 × prod_1' }).waitFor();
    await page.getByText('hashes computed again, all match').waitFor();
    await page.getByText('CONFIRMED', { exact: true }).waitFor();
  });

  it('showed the compensations of a declined order, last step first', async () => {
    delete standIns.trouble.release;
    const { id } = await shop.place(orderOf('prod_1', { price: 600 }));
    await open(`/sagas/${id}`);
    await page.getByText('Done: everything is undone and the order is cancelled').waitFor();
    const story = await page.locator('.story-text').allTextContents();
    const told = story.filter((line) => /declined|back to stock|Cancelled the order/.test(line));
    expect(told).toEqual([
      expect.stringContaining('Payment was declined'),
      expect.stringContaining('Gave 1 × prod_1 back to stock'),
      'Cancelled the order',
    ]);
    const lanes = await page.locator('.lane-compensation .lane-name').allTextContents();
    expect(lanes.map((lane) => lane.split(/\d/)[0])).toEqual(['release-stock', 'cancel-order']);
  });

  it('had a halted saga retried from the inbox, with a preview and a reason that the log keeps', async () => {
    const id = await haltedOrder();
    await open('/inbox');
    const group = page.getByRole('region', { name: /Undoing reserve-stock/ });
    await group.getByText('the warehouse is being counted').waitFor();
    await group.getByLabel(/Choose all/).check();
    await group.getByRole('button', { name: /^Retry/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('release 1 × prod_1').waitFor();
    const button = dialog.getByRole('button', { name: /^Retry/ });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(/Reason/).fill('the warehouse is done');
    await dialog.getByLabel(/Your name/).fill('Ada');
    delete standIns.trouble.release;
    await button.click();
    await dialog.getByText(/1 decision recorded/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('Nothing waits for you.').waitFor();
    expect(await shop.ended(id)).toMatchObject({ status: 'CANCELLED' });
    const retried = (await shop.story(id)).find(({ type }) => type === 'RetryRequested');
    expect(retried?.data).toMatchObject({ by: 'Ada', reason: 'the warehouse is done' });
  });

  it('kept filters in the address, over a reload and a step back', async () => {
    const { id } = await shop.place(orderOf('prod_2', { customer: 'cust_filter' }));
    await shop.ended(id);
    await open('/sagas');
    await page.getByRole('button', { name: /^Confirmed/ }).click();
    await page.getByLabel('Find', { exact: true }).fill('cust_filter');
    const row = page.getByRole('link', { name: '1 × prod_2' });
    await page.waitForURL(/q=cust_filter/);
    await page.reload();
    await row.waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    expect(await page.getByLabel('Find', { exact: true }).inputValue()).toBe('cust_filter');
    await row.click();
    await page.waitForURL(`**/sagas/${id}`);
    await page.goBack();
    await row.waitFor();
    expect(new URL(page.url()).search).toBe('?status=completed&q=cust_filter');
  });

  it('put a new order into the list while it was looked at', async () => {
    await open('/sagas?customer_id=cust_live');
    await page.getByText('Nothing matches.').waitFor();
    await shop.place(orderOf('prod_2', { customer: 'cust_live' }));
    await page.locator('tbody tr').getByText('Confirmed').waitFor();
  });

  it('was used with the keyboard alone', async () => {
    await open('');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Sagas', exact: true }).waitFor();
    await page.locator('[data-row]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('cust_123');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=cust_123/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await open('/stock');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
  });

  it('restocked a product', async () => {
    await open('/stock');
    await page.getByRole('button', { name: 'Restock prod_3' }).click();
    await page.getByLabel('Available').fill('7');
    await page.getByRole('button', { name: 'Set' }).click();
    await page
      .getByRole('row', { name: /prod_3/ })
      .getByText('7', { exact: true })
      .waitFor();
  });

  it('showed hostile ids and reasons as text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const id = await haltedOrder(hostile);
    const command = { reason: hostile, operator: hostile };
    await shop.ask('POST', `/sagas/${id}/retry`, { body: command });
    for await (const { type, seq } of shop.events(id, 0, AbortSignal.timeout(30_000)))
      if (type === 'SagaHalted' && seq > 8) break;
    await open(`/sagas/${id}`);
    await page.getByText(`${hostile} asked to try again: ${hostile}`).waitFor();
    await open(`/sagas?q=${encodeURIComponent(hostile)}`);
    await page.locator('tbody tr').first().waitFor();
    await open(`/sagas/${encodeURIComponent(`../${hostile}`)}`).catch(() => {});
    await page.getByText('There is no such saga.').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    // The browser reports the 404 that was asked for.
    complaints = complaints.filter((text) => !text.includes('404'));
  });

  it.each(['', '/sagas', '/inbox', '/try', '/stock', '/services'])(
    'had no serious accessibility violation at /console%s, in light and in dark',
    async (path) => {
      await page.emulateMedia({ colorScheme: 'light' });
      await open(path);
      await page.locator('.waiting').first().waitFor({ state: 'detached' });
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(page, ['color-contrast'])).toEqual([]);
    },
  );

  it('had no serious accessibility violation on a halted saga and in its question', async () => {
    const id = await haltedOrder();
    await open(`/sagas/${id}`);
    await page.getByText('computed again').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: /^Retry/ }).click();
    await page.getByText('release 1 × prod_1').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('did not scroll sideways at 320 pixels', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const id = await haltedOrder();
    for (const path of ['', '/sagas', `/sagas/${id}`, '/inbox', '/try', '/stock', '/services']) {
      await open(path);
      await page.locator('.waiting').first().waitFor({ state: 'detached' });
      const isWider = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      expect([path, isWider]).toEqual([path, false]);
    }
  });

  it('found the gateway again after a restart', async () => {
    await open('/sagas?customer_id=cust_restart');
    await page.getByText('Nothing matches.').waitFor();
    await system.kill('gateway');
    await page.getByText('Reconnecting…').waitFor();
    await system.start('gateway');
    const { id } = await shop.place(orderOf('prod_2', { customer: 'cust_restart' }));
    await shop.ended(id);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('tbody tr').getByText('Confirmed').waitFor();
    // What a browser says of a server that is away.
    complaints = complaints.filter((text) => !text.includes('net::ERR'));
  });

  it('answered a click while orders came in as fast as they could', async () => {
    await open('/sagas');
    let isOver = false;
    const customer = async (): Promise<void> => {
      while (!isOver) await shop.place(orderOf('prod_2', { price: 1 }));
    };
    const load = Promise.all(Array.from({ length: 16 }, customer));
    try {
      await page.locator('tbody tr').nth(49).waitFor();
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByText('Orders per minute').waitFor();
      await page.getByRole('link', { name: 'Sagas', exact: true }).click();
      await page.getByRole('heading', { name: 'Sagas', exact: true }).waitFor();
    } finally {
      isOver = true;
      await load;
    }
  });
});

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function violations(page: Page, rules?: string[]): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page });
  const { violations: found } = await (rules ? axe.withRules(rules) : axe.withTags(standards)).analyze();
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('; ')}`);
}

describe('the built console', () => {
  it('was at most 150 KB to transfer', () => {
    const folder = fileURLToPath(new URL('../../dist/console/', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.gz'),
    );
    const bytes = files.reduce((sum, name) => sum + readFileSync(folder + name).length, 0);
    expect(files.length).toBeGreaterThan(2);
    expect(bytes).toBeLessThanOrEqual(150 * 1024);
  });
});
