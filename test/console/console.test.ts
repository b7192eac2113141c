import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { isUnseen, tabForTests } from './tab.ts';

describe.skipIf(isUnseen)('the console in a browser', { timeout: 60_000 }, () => {
  const tab = tabForTests();

  it('showed a submitted order run to its confirmation', async () => {
    await tab.open('/try');
    await tab.page.getByRole('button', { name: /^Goes through/ }).click();
    await tab.page.getByRole('button', { name: 'Submit the order' }).click();
    const run = tab.page.getByRole('region', { name: 'The order' });
    await run.getByText('Confirmed', { exact: true }).waitFor();
    await run.getByText('Charged 50.00 USD to cust_123').waitFor();
    await run.getByRole('link', { name: 'Whole saga' }).click();
    await tab.page.getByRole('heading', { name: '1 × prod_1' }).waitFor();
    await tab.page.getByText('hashes computed again, all match').waitFor();
    await tab.page.getByText('CONFIRMED', { exact: true }).waitFor();
  });

  it('showed the compensations of a declined order, last step first', async () => {
    delete tab.standIns.trouble.release;
    const { id } = await tab.shop.place(orderOf('prod_1', { price: 600 }));
    await tab.open(`/sagas/${id}`);
    await tab.page.getByText('Done: everything is undone and the order is cancelled').waitFor();
    const story = await tab.page.locator('.story-text').allTextContents();
    const told = story.filter((line) => /declined|back to stock|Cancelled the order/.test(line));
    expect(told).toEqual([
      expect.stringContaining('Payment was declined'),
      expect.stringContaining('Gave 1 × prod_1 back to stock'),
      'Cancelled the order',
    ]);
    const lanes = await tab.page.locator('.lane-compensation .lane-name').allTextContents();
    expect(lanes.map((lane) => lane.split(/\d/)[0])).toEqual(['release-stock', 'cancel-order']);
  });

  it('had a halted saga retried from the inbox, with a preview and a reason that the log keeps', async () => {
    const id = await tab.haltedOrder();
    await tab.open('/inbox');
    const group = tab.page.getByRole('region', { name: /Undoing reserve-stock/ });
    await group.getByText('the warehouse is being counted').waitFor();
    await group.getByLabel(/Choose all/).check();
    await group.getByRole('button', { name: /^Retry/ }).click();
    const dialog = tab.page.getByRole('dialog');
    await dialog.getByText('release 1 × prod_1').waitFor();
    const button = dialog.getByRole('button', { name: /^Retry/ });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(/Reason/).fill('the warehouse is done');
    await dialog.getByLabel(/Your name/).fill('Ada');
    delete tab.standIns.trouble.release;
    await button.click();
    await dialog.getByText(/1 decision recorded/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await tab.page.getByText('Nothing waits for you.').waitFor();
    expect(await tab.shop.ended(id)).toMatchObject({ status: 'CANCELLED' });
    const retried = (await tab.shop.story(id)).find(({ type }) => type === 'RetryRequested');
    expect(retried?.data).toMatchObject({ by: 'Ada', reason: 'the warehouse is done' });
  });

  it('kept filters in the address, over a reload and a step back', async () => {
    const { id } = await tab.shop.place(orderOf('prod_2', { customer: 'cust_filter' }));
    await tab.shop.ended(id);
    await tab.open('/sagas');
    await tab.page.getByRole('button', { name: /^Confirmed/ }).click();
    await tab.page.getByLabel('Find', { exact: true }).fill('cust_filter');
    const row = tab.page.getByRole('link', { name: '1 × prod_2' });
    await tab.page.waitForURL(/q=cust_filter/);
    await tab.page.reload();
    await row.waitFor();
    expect(await tab.page.locator('tbody tr').count()).toBe(1);
    expect(await tab.page.getByLabel('Find', { exact: true }).inputValue()).toBe('cust_filter');
    await row.click();
    await tab.page.waitForURL(`**/sagas/${id}`);
    await tab.page.goBack();
    await row.waitFor();
    expect(new URL(tab.page.url()).search).toBe('?status=completed&q=cust_filter');
  });

  it('put a new order into the list while it was looked at', async () => {
    await tab.open('/sagas?customer_id=cust_live');
    await tab.page.getByText('Nothing matches.').waitFor();
    await tab.shop.place(orderOf('prod_2', { customer: 'cust_live' }));
    await tab.page.locator('tbody tr').getByText('Confirmed').waitFor();
  });

  it('restocked a product', async () => {
    await tab.open('/stock');
    await tab.page.getByRole('button', { name: 'Restock prod_3' }).click();
    await tab.page.getByLabel('Available').fill('7');
    await tab.page.getByRole('button', { name: 'Set' }).click();
    await tab.page
      .getByRole('row', { name: /prod_3/ })
      .getByText('7', { exact: true })
      .waitFor();
  });

  it('showed hostile ids and reasons as text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const id = await tab.haltedOrder(hostile);
    const command = { reason: hostile, operator: hostile };
    await tab.shop.ask('POST', `/sagas/${id}/retry`, { body: command });
    for await (const { type, seq } of tab.shop.events(id, 0, AbortSignal.timeout(30_000)))
      if (type === 'SagaHalted' && seq > 8) break;
    await tab.open(`/sagas/${id}`);
    await tab.page.getByText(`${hostile} asked to try again: ${hostile}`).waitFor();
    await tab.open(`/sagas?q=${encodeURIComponent(hostile)}`);
    await tab.page.locator('tbody tr').first().waitFor();
    await tab.open(`/sagas/${encodeURIComponent(`../${hostile}`)}`).catch(() => {});
    await tab.page.getByText('There is no such saga.').waitFor();
    expect(await tab.page.locator('img').count()).toBe(0);
    // The browser reports the 404 that was asked for.
    tab.forgive('404');
  });

  it('found the gateway again after a restart', async () => {
    await tab.open('/sagas?customer_id=cust_restart');
    await tab.page.getByText('Nothing matches.').waitFor();
    await tab.system.kill('gateway');
    await tab.page.getByText('Reconnecting…').waitFor();
    await tab.system.start('gateway');
    const { id } = await tab.shop.place(orderOf('prod_2', { customer: 'cust_restart' }));
    await tab.shop.ended(id);
    await tab.page.getByText('Live', { exact: true }).waitFor();
    await tab.page.locator('tbody tr').getByText('Confirmed').waitFor();
    // What a browser says of a server that is away.
    tab.forgive('net::ERR');
  });

  it('answered a click while orders came in as fast as they could', async () => {
    await tab.open('/sagas');
    let isOver = false;
    const customer = async (): Promise<void> => {
      while (!isOver) await tab.shop.place(orderOf('prod_2', { price: 1 }));
    };
    const load = Promise.all(Array.from({ length: 16 }, customer));
    try {
      await tab.page.locator('tbody tr').nth(49).waitFor();
      await tab.page.getByRole('link', { name: 'Overview' }).click();
      await tab.page.getByText('Orders per minute').waitFor();
      await tab.page.getByRole('link', { name: 'Sagas', exact: true }).click();
      await tab.page.getByRole('heading', { name: 'Sagas', exact: true }).waitFor();
    } finally {
      isOver = true;
      await load;
    }
  });
});

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
