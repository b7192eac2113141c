import { describe, expect, it } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { isUnseen, tabForTests } from './tab.ts';

const olga = 'the-token-of-olga-the-operator';
const rita = 'the-token-of-rita-who-reads';
const tokens = JSON.stringify([
  { name: 'olga', token: olga, scopes: ['operator'] },
  { name: 'rita', token: rita, scopes: ['orders:read', 'sagas:read', 'stock:read'] },
]);

describe.skipIf(isUnseen)('the console of a gateway with tokens and --no-demo', { timeout: 60_000 }, () => {
  const tab = tabForTests({ args: ['--no-demo'], env: { ORDERSAGA_TOKENS: tokens } });

  /** Opens a view for the first time in this tab, and answers the question for a token. */
  async function openWith(token: string, path = ''): Promise<void> {
    // The browser reports the 401 that was asked for.
    tab.forgive('401');
    await tab.page.goto(`${tab.system.url}/console${path}`);
    await enter(token);
    await tab.page.getByText('Live', { exact: true }).waitFor();
  }
  async function enter(token: string): Promise<void> {
    const dialog = tab.page.getByRole('dialog', { name: 'Token' });
    await dialog.getByLabel('Token', { exact: true }).fill(token);
    await dialog.getByRole('button', { name: 'Use it' }).click();
  }
  const asOlga = { authorization: `Bearer ${olga}` };

  it('asked for a token, said that a wrong one is wrong, and worked with a good one until it was told to forget', async () => {
    tab.forgive('401');
    await tab.page.goto(`${tab.system.url}/console`);
    await tab.page.getByText('The gateway asks for a token.').waitFor();
    await enter('not-the-token-of-anybody');
    await tab.page.getByText('The gateway does not accept this token.').waitFor();
    await enter(olga);
    await tab.page.getByText('Orders per minute').waitFor();
    await tab.page.getByText('olga', { exact: true }).waitFor();
    await tab.page.reload();
    await tab.page.getByText('Orders per minute').waitFor();
    expect(await tab.page.context().cookies()).toEqual([]);
    await tab.page.getByRole('button', { name: 'Forget the token' }).click();
    await tab.page.getByText('The gateway asks for a token.').waitFor();
    await tab.page.keyboard.press('Escape');
    await tab.page.getByRole('button', { name: 'Enter a token…' }).click();
    await tab.page.getByRole('dialog', { name: 'Token' }).waitFor();
  });

  it('offered no decision to a token that only reads, and said why', async () => {
    tab.standIns.trouble.release = 'the warehouse is being counted';
    const order = orderOf('prod_1', { price: 600 });
    const { json } = await tab.shop.ask('POST', '/orders', { headers: asOlga, body: order });
    await openWith(rita, `/sagas/${json?.id}`);
    await tab.page.getByText(/^Halted at reserve-stock/).waitFor();
    await tab.page.getByText('it lacks sagas:operate').waitFor();
    for (const path of [`/sagas/${json?.id}`, '/inbox', '/services', '/stock', '']) {
      await tab.open(path);
      await tab.page.locator('.waiting').first().waitFor({ state: 'detached' });
      const offered = tab.page.getByRole('button', {
        name: /Retry|Skip|Cancel|Pause|Resume|Restock|Check the books/,
      });
      expect([path, await offered.count()]).toEqual([path, 0]);
    }
  });

  it("recorded a decision under the token's name", async () => {
    await openWith(olga, '/services');
    await tab.page.getByRole('button', { name: 'Pause the calls to order…' }).click();
    const dialog = tab.page.getByRole('dialog');
    await dialog.getByText('Recorded as olga').waitFor();
    expect(await dialog.getByLabel(/Your name/).count()).toBe(0);
    await dialog.getByLabel(/Reason/).fill('CHG-9');
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await tab.page
      .getByRole('region', { name: 'Paused' })
      .getByText(/^By olga, /)
      .waitFor();
    await tab.shop.ask('POST', '/engine/resume', {
      headers: asOlga,
      body: { participant: 'order', reason: 'done' },
    });
  });

  it('had no way to try it, by link, by key or by address', async () => {
    await openWith(olga);
    await tab.page.getByRole('link', { name: 'Services' }).first().waitFor();
    expect(await tab.page.getByRole('link', { name: 'Try it' }).count()).toBe(0);
    await tab.page.keyboard.press('g');
    await tab.page.keyboard.press('t');
    expect(new URL(tab.page.url()).pathname).toBe('/console');
    await tab.open('/try');
    await tab.page.getByText('This gateway was started with --no-demo.').waitFor();
    expect(await tab.page.getByRole('button', { name: /Submit/ }).count()).toBe(0);
  });
});
