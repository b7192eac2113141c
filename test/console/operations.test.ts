import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { seriousFlaws } from './axe.ts';
import { isUnseen, tabForTests } from './tab.ts';

const views = ['', '/sagas', '/inbox', '/stock', '/services', '/try'];

describe.skipIf(isUnseen)('from the console an operator', { timeout: 120_000 }, () => {
  const tab = tabForTests();
  const banner = (): Locator => tab.page.getByRole('region', { name: 'Paused' });

  /** Answers the question that is open. */
  async function giveReason(reason: string): Promise<void> {
    const dialog = tab.page.getByRole('dialog');
    const button = dialog.getByRole('button', { name: /^(?:Pause|Resume)$/ });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(/Reason/).fill(reason);
    await dialog.getByLabel(/Your name/).fill('Ada');
    await button.click();
    await dialog.getByText(/Done: /).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await dialog.waitFor({ state: 'detached' });
  }
  const pauses = async (): Promise<unknown> => (await tab.shop.ask('GET', '/engine')).json?.pauses;

  it('paused everything for a reason, saw that on every view, and resumed from there', async () => {
    await tab.open('/services');
    await tab.page.getByRole('button', { name: 'Pause all calls…' }).click();
    await tab.page.getByRole('dialog').getByText('New orders are still accepted and wait').waitFor();
    expect(await seriousFlaws(tab.page)).toEqual([]);
    await giveReason('CHG-7: new switches');
    expect(await pauses()).toMatchObject([{ by: 'Ada', reason: 'CHG-7: new switches' }]);
    const { id } = await tab.shop.place(orderOf('prod_2'));
    for (const path of views) {
      await tab.open(path);
      await banner().getByText('All calls are held back: CHG-7: new switches').waitFor();
      await banner()
        .getByText(/^By Ada, /)
        .waitFor();
    }
    expect(await seriousFlaws(tab.page)).toEqual([]);
    expect((await tab.shop.getOrder(id)).status).toBe('PENDING');
    await banner().getByRole('button', { name: 'Resume all calls…' }).click();
    await giveReason('switches are in');
    await banner().waitFor({ state: 'detached' });
    expect(await pauses()).toEqual([]);
    expect((await tab.shop.ended(id)).status).toBe('CONFIRMED');
  });

  it('paused the calls to one participant, and them alone', async () => {
    await tab.open('/services');
    const payment = tab.page.getByRole('region', { name: 'payment' });
    await payment.getByRole('button', { name: 'Pause the calls to payment…' }).click();
    await giveReason('CHG-8: new disks');
    await banner().getByText('The calls to payment are held back: CHG-8: new disks').waitFor();
    expect(await pauses()).toMatchObject([{ participant: 'payment', reason: 'CHG-8: new disks' }]);
    await payment.getByRole('button', { name: 'Resume the calls to payment…' }).click();
    await giveReason('disks are in');
    await payment.getByRole('button', { name: 'Pause the calls to payment…' }).waitFor();
    expect(await pauses()).toEqual([]);
  });

  it('had the books checked and was told that they balance, and what was compared', async () => {
    const { id } = await tab.shop.place(orderOf('prod_1', { price: 25 }));
    await tab.shop.ended(id);
    await tab.open('');
    await tab.page.getByRole('button', { name: 'Check the books now' }).click();
    const books = tab.page.getByRole('region', { name: 'Books' });
    await books.getByText('The books balance.').waitFor();
    await books.getByText(/taken, 0\.00 given back/).waitFor();
    await books.getByText('What was compared').click();
    expect(await books.locator('.promises li').count()).toBe(10);
    await tab.page.getByRole('link', { name: 'Balanced' }).waitFor();
  });

  it('was told which orders the books do not balance for', async () => {
    const { id } = await tab.shop.place(orderOf('prod_1', { price: 25 }));
    await tab.shop.ended(id);
    tab.standIns.trouble.amnesia = true;
    await tab.open('');
    await tab.page.getByRole('button', { name: 'Check the books now' }).click();
    const books = tab.page.getByRole('region', { name: 'Books' });
    await books.getByText(/The books do not balance: \d+ violations?\./).waitFor();
    const broken = books.locator('.violations li', { has: tab.page.locator(`a[href$="${id}"]`) });
    expect(await broken.count()).toBeGreaterThan(0);
    await tab.page
      .getByRole('region', { name: 'Verdict' })
      .getByRole('link', { name: 'The books do not balance' })
      .waitFor();
    expect(await seriousFlaws(tab.page)).toEqual([]);
    await broken.first().getByRole('link').click();
    await tab.page.waitForURL(`**/sagas/${id}`);
    delete tab.standIns.trouble.amnesia;
  });

  it('was told why the books could not be read', async () => {
    tab.standIns.trouble.books = 'the ledger is being moved';
    await tab.open('');
    await tab.page.getByRole('button', { name: 'Check the books now' }).click();
    await tab.page
      .getByText(/They could not be read: The payment service cannot be asked \(FAILED_PRECONDITION\)/)
      .waitFor();
    delete tab.standIns.trouble.books;
  });
});
