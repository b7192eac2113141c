import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

/** Debian's; CI installs it. */
export const browserPath = '/usr/bin/chromium';
export const hasBrowser = existsSync(browserPath);

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser that knows nothing from before, talks to nobody but the pages it is sent to, and leaves nothing behind. */
export async function startBrowser(
  options: Pick<
    BrowserContextOptions,
    'viewport' | 'colorScheme' | 'reducedMotion' | 'deviceScaleFactor'
  > = {},
): Promise<{ readonly context: BrowserContext; close(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-browser-'));
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: browserPath,
    headless: true,
    args: flags,
    reducedMotion: 'reduce',
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
