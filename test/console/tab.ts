import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { type System, type SystemOptions, startSystem } from '../support/system.ts';
import { hasBrowser, startBrowser } from './browser.ts';
import { type StandIns, startStandIns } from './stand-ins.ts';

/** CI installs a browser, so that there these tests cannot be missed unseen. */
export const isUnseen = !hasBrowser && process.env.CI === undefined;
const startTimeoutMs = 120_000;

/** One tab of a browser in front of a system of its own; a new tab for each test. Nothing may be complained about. */
export type Tab = {
  readonly page: Page;
  readonly system: System;
  readonly shop: Shop;
  readonly standIns: StandIns;
  /** Goes to a view, given from `/console` on, and waits until it is live. */
  open(path: string): Promise<void>;
  /** Complaints of the browser that were asked for, by a part of their text. */
  forgive(text: string): void;
  /** A declined order whose stock cannot be given back. */
  haltedOrder(customer?: string): Promise<string>;
};

/** For the `describe` that it is called in. */
export function tabForTests(
  options: Pick<SystemOptions, 'args' | 'env'> & {
    /** Whether inventory and payment are somebody else's. Default true. */
    readonly withStandIns?: boolean;
  } = {},
): Tab {
  const { withStandIns = true, args = [], ...others } = options;
  let system: System;
  let shop: Shop;
  let standIns: StandIns;
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let page: Page;
  let complaints: string[];
  let forgiven: string[];

  beforeAll(async () => {
    standIns = await startStandIns();
    const addresses = [
      '--inventory-addr',
      standIns.inventoryAddress,
      '--payment-addr',
      standIns.paymentAddress,
    ];
    system = await startSystem({ ...others, args: [...(withStandIns ? addresses : []), ...args] });
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
    forgiven = [];
    page = await browser.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  });

  afterEach(async () => {
    await page.close();
    expect(complaints.filter((text) => !forgiven.some((part) => text.includes(part)))).toEqual([]);
  });

  return {
    get page() {
      return page;
    },
    get system() {
      return system;
    },
    get shop() {
      return shop;
    },
    get standIns() {
      return standIns;
    },
    async open(path) {
      await page.goto(`${system.url}/console${path}`);
      await page.getByText('Live', { exact: true }).waitFor();
    },
    forgive: (text) => void forgiven.push(text),
    async haltedOrder(customer = 'cust_halted') {
      standIns.trouble.release = 'the warehouse is being counted';
      const { id } = await shop.place(orderOf('prod_1', { price: 600, customer }));
      for await (const { type } of shop.events(id, 0, AbortSignal.timeout(30_000)))
        if (type === 'SagaHalted') return id;
      throw new Error('it ended instead of halting');
    },
  };
}
