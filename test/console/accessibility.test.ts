import { beforeAll, describe, expect, it } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { seriousFlaws } from './axe.ts';
import { isUnseen, tabForTests } from './tab.ts';

describe.skipIf(isUnseen)('the console without a mouse or without eyes', { timeout: 120_000 }, () => {
  const tab = tabForTests();

  beforeAll(async () => {
    await tab.haltedOrder();
    const { id } = await tab.shop.place(orderOf('prod_2', { customer: 'cust_123' }));
    await tab.shop.ended(id);
  });

  it('was used with the keyboard alone', async () => {
    await tab.open('');
    await tab.page.keyboard.press('g');
    await tab.page.keyboard.press('s');
    await tab.page.getByRole('heading', { name: 'Sagas', exact: true }).waitFor();
    await tab.page.locator('[data-row]').first().waitFor();
    await tab.page.keyboard.press('j');
    await tab.page.keyboard.press('Enter');
    await tab.page.getByRole('heading', { name: 'What happened' }).waitFor();
    await tab.page.keyboard.press('/');
    await tab.page.keyboard.type('cust_123');
    await tab.page.keyboard.press('Enter');
    await tab.page.waitForURL(/q=cust_123/);
    await tab.page.keyboard.press('?');
    await tab.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await tab.page.keyboard.press('Escape');
    await tab.page.getByRole('dialog').waitFor({ state: 'detached' });
    await tab.open('/stock');
    await tab.page.keyboard.press('Tab');
    expect(await tab.page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await tab.page.keyboard.press('Enter');
    expect(await tab.page.evaluate('document.activeElement.id')).toBe('content');
    expect(new URL(tab.page.url()).pathname).toBe('/console/stock');
  });

  /** Goes on with Tab until the focus is on a lane of the timeline. */
  async function tabToTimeline(): Promise<void> {
    for (let stops = 0; stops < 40; stops += 1) {
      await tab.page.keyboard.press('Tab');
      if ((await tab.page.evaluate('document.activeElement.getAttribute("role")')) === 'listbox') return;
    }
    throw new Error('no lane of the timeline within 40 stops');
  }
  const focusedLane = (): Promise<unknown> =>
    tab.page.evaluate('document.activeElement.getAttribute("aria-label")');
  const optionAtHand = (): Promise<unknown> =>
    tab.page.evaluate(
      'document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).ariaLabel',
    );
  const note = (): Promise<string | null> => tab.page.locator('.timeline-note').textContent();

  it('told every bar of the timeline to the arrow keys and to a screen reader', async () => {
    const id = await tab.haltedOrder();
    await tab.open(`/sagas/${id}`);
    await tab.page.getByRole('listbox').nth(3).waitFor();
    await tabToTimeline();
    expect(await focusedLane()).toMatch(/^create-order, /);
    await expect.poll(note).toMatch(/^\+.*: Done at attempt 1/);
    for (const lane of [/^reserve-stock, /, /^charge-payment, /, /^release-stock, /]) {
      await tab.page.keyboard.press('Tab');
      expect(await focusedLane()).toMatch(lane);
    }
    await expect.poll(note).toMatch(/: Failed \(.*\) at attempt 1/);
    await tab.page.keyboard.press('ArrowRight');
    await expect.poll(note).toContain('the warehouse is being counted');
    expect(await optionAtHand()).toContain('the warehouse is being counted');
    await tab.page.keyboard.press('ArrowRight');
    await expect.poll(note).toContain('Stood still');
    await tab.page.keyboard.press('Home');
    await expect.poll(note).toMatch(/: Failed/);
    await tab.page.keyboard.press('End');
    await expect.poll(note).toContain('Stood still');
    const lane = tab.page.getByRole('listbox', { name: /^release-stock/ });
    expect(await lane.getByRole('option').count()).toBe(2);
    expect(await lane.getByRole('option', { selected: true }).getAttribute('aria-label')).toContain(
      'Stood still',
    );
    await tab.page.keyboard.press('Tab');
    await expect.poll(note).toContain('Point at a bar');
  });

  it('meant the nearest bar of the timeline when one was pointed beside it', async () => {
    const id = await tab.haltedOrder();
    await tab.open(`/sagas/${id}`);
    const box = await tab.page
      .getByRole('listbox', { name: /^release-stock/ })
      .getByRole('option')
      .first()
      .boundingBox();
    if (box === null) throw new Error('the bar is not shown');
    await tab.page.mouse.move(box.x - 6, box.y + box.height / 2);
    await expect.poll(note).toMatch(/: Failed/);
    await tab.page.mouse.move(box.x - 60, box.y + box.height / 2);
    await expect.poll(note).toContain('Point at a bar');
  });

  it.each(['', '/sagas', '/inbox', '/try', '/stock', '/services'])(
    'had no serious accessibility violation at /console%s, in light and in dark',
    async (path) => {
      await tab.page.emulateMedia({ colorScheme: 'light' });
      await tab.open(path);
      await tab.page.locator('.waiting').first().waitFor({ state: 'detached' });
      expect(await seriousFlaws(tab.page)).toEqual([]);
      await tab.page.emulateMedia({ colorScheme: 'dark' });
      expect(await seriousFlaws(tab.page, ['color-contrast'])).toEqual([]);
    },
  );

  it('had no serious accessibility violation on a halted saga and in its question', async () => {
    const id = await tab.haltedOrder();
    await tab.open(`/sagas/${id}`);
    await tab.page.getByText('computed again').waitFor();
    expect(await seriousFlaws(tab.page)).toEqual([]);
    await tab.page.getByRole('button', { name: /^Retry/ }).click();
    await tab.page.getByText('release 1 × prod_1').waitFor();
    expect(await seriousFlaws(tab.page)).toEqual([]);
  });

  it('did not scroll sideways at 320 pixels', async () => {
    await tab.page.setViewportSize({ width: 320, height: 640 });
    const id = await tab.haltedOrder();
    for (const path of ['', '/sagas', `/sagas/${id}`, '/inbox', '/try', '/stock', '/services']) {
      await tab.open(path);
      await tab.page.locator('.waiting').first().waitFor({ state: 'detached' });
      const isWider = await tab.page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      expect([path, isWider]).toEqual([path, false]);
    }
  });
});
