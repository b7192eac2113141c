// Measures the operator's page in a browser, on the built system: bytes and first paint with nothing cached, and whether it
// stays responsive while the log takes 500 events a second. Prints what it found; promises nothing.
// Run: npm run build && npx node scripts/measure-console.ts
import { createHistogram } from 'node:perf_hooks';
import type { Page } from 'playwright-core';
import { startBrowser } from '../test/console/browser.ts';
import { createShop, orderOf, type Shop } from '../test/support/shop.ts';
import { type System, startSystem } from '../test/support/system.ts';

const loads = 9;
const eventsPerSecond = 500;
/** Accepted, four steps, completed. */
const eventsPerOrder = 6;
const underLoadMs = 20_000;

/** Runs in the page. */
const watch = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask' });
`;

const system = await startSystem();
const shop = createShop(system.url);
try {
  await firstPaint(system);
  await underLoad(system, shop);
} finally {
  await system.remove();
}

async function firstPaint({ url }: System): Promise<void> {
  const paints: number[] = [];
  let transferred = 0;
  for (let load = 0; load < loads; load += 1) {
    // A new profile each time: nothing is cached.
    const browser = await startBrowser({ viewport: { width: 1280, height: 800 } });
    const page = await browser.context.newPage();
    await page.goto(`${url}/console`);
    await page.getByText('Orders per minute').waitFor();
    const seen = await page.evaluate<{ paintMs: number; bytes: number }>(`(() => {
      const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
      return {
        paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        bytes: files.filter(({ name }) => new URL(name).pathname.startsWith('/console'))
          .reduce((sum, { transferSize }) => sum + transferSize, 0),
      };
    })()`);
    paints.push(seen.paintMs);
    transferred = seen.bytes;
    await browser.close();
  }
  paints.sort((a, b) => a - b);
  const text = (ms: number | undefined): string => `${Math.round(ms ?? Number.NaN)} ms`;
  console.log(
    `first contentful paint, nothing cached: median ${text(paints[loads >> 1])}, slowest ${text(paints.at(-1))} of ${loads}; ` +
      `${(transferred / 1024).toFixed(1)} KiB transferred, headers included`,
  );
}

async function underLoad({ url }: System, { place }: Shop): Promise<void> {
  const browser = await startBrowser({ viewport: { width: 1280, height: 800 } });
  const page = await browser.context.newPage();
  await page.goto(`${url}/console/sagas`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate(watch);
  const startedMs = performance.now();
  const load = pour(place, underLoadMs);
  const clicks = await clickAround(page, startedMs + underLoadMs);
  const orders = await load;
  const tookS = (performance.now() - startedMs) / 1_000;
  const longTasks = await page.evaluate<number[]>('window.longTasks');
  await browser.close();
  console.log(`${Math.round((orders * eventsPerOrder) / tookS)} events a second for ${tookS.toFixed(0)} s`);
  console.log(
    `a click showed the next view after ${clicks.percentile(50)} ms (median) and ${clicks.max} ms (slowest of ${clicks.count})`,
  );
  console.log(
    `long tasks (over 50 ms) of the page: ${longTasks.length}, the longest ${Math.round(Math.max(0, ...longTasks))} ms`,
  );
}

/** Submits orders at a steady rate; what cannot keep up comes later, and the printed rate says so. */
async function pour(place: Shop['place'], forMs: number): Promise<number> {
  const everyMs = (1_000 * eventsPerOrder) / eventsPerSecond;
  const startedMs = performance.now();
  const under = new Set<Promise<unknown>>();
  let orders = 0;
  while (performance.now() < startedMs + forMs) {
    for (; orders < (performance.now() - startedMs) / everyMs; orders += 1) {
      const order = place(orderOf('prod_2', { price: 1, quantity: 1 })).finally(() => under.delete(order));
      under.add(order);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  await Promise.all(under);
  return orders;
}

/** Goes from view to view; each time is from the click to the frame that shows the next view. */
async function clickAround(page: Page, untilMs: number) {
  const times = createHistogram();
  const views = ['Overview', 'Sagas', 'Services', 'Sagas'];
  for (let turn = 0; performance.now() < untilMs; turn += 1) {
    const view = views[turn % views.length];
    const tookMs = await page.evaluate<number>(`(async () => {
      const link = [...document.querySelectorAll('nav a')].find((one) => one.textContent.startsWith('${view}'));
      const startedMs = performance.now();
      link.click();
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      return performance.now() - startedMs;
    })()`);
    times.record(Math.max(1, Math.round(tookMs)));
    await page.waitForTimeout(300);
  }
  return times;
}
