import { describe, expect, it } from 'vitest';
import { isUnseen, tabForTests } from './tab.ts';

describe.skipIf(isUnseen)('the console of a gateway with --enable-faults', { timeout: 60_000 }, () => {
  const tab = tabForTests({ args: ['--enable-faults'], withStandIns: false });

  it('had a call go wrong on purpose, showed how often it did, and ended that', async () => {
    await tab.open('/try');
    const faults = tab.page.getByRole('region', { name: 'Faults' });
    await faults.getByText('Nothing goes wrong on purpose.').waitFor();
    await faults.getByRole('button', { name: /^Stock is slow/ }).click();
    await faults.getByText('inventory.reserve=delay:1000').waitFor();
    await tab.page.getByRole('button', { name: 'Submit the order' }).click();
    const run = tab.page.getByRole('region', { name: 'The order' });
    await run.getByText('Confirmed', { exact: true }).waitFor();
    await faults.getByText('happened 1 time').waitFor();
    await faults.getByRole('button', { name: 'End it' }).click();
    await faults.getByText('Nothing goes wrong on purpose.').waitFor();
    expect((await tab.shop.ask('GET', '/faults')).json?.participants).toMatchObject([
      { faults: [] },
      { faults: [] },
      { faults: [] },
    ]);
  });
});
