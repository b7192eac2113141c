import { describe, expect, it } from 'vitest';
import { orderOf } from '../support/shop.ts';
import { tamper } from '../verify/real-shop.ts';
import { isUnseen, tabForTests } from './tab.ts';

describe.skipIf(isUnseen)('the console of a log that is damaged', { timeout: 120_000 }, () => {
  const tab = tabForTests();

  it('showed what is left of a saga, and the others as ever', async () => {
    const { id: whole } = await tab.shop.place(orderOf('prod_1'));
    const { id: beheaded } = await tab.shop.place(orderOf('prod_1'));
    const { id: broken } = await tab.shop.place(orderOf('prod_1'));
    for (const id of [whole, beheaded, broken]) await tab.shop.ended(id);
    await tab.system.stop('gateway');
    tamper(tab.system.dataDir, 'saga', (database) => {
      database.prepare('DELETE FROM saga_log WHERE saga_id = ? AND seq = 1').run(beheaded);
      database.prepare("UPDATE saga_log SET data = 'x' WHERE saga_id = ? AND seq = 1").run(broken);
    });
    await tab.system.start('gateway');

    await tab.open('/sagas');
    await tab.page.getByRole('link', { name: '1 × prod_1' }).waitFor();
    expect(await tab.page.getByRole('link', { name: 'an order that cannot be read' }).count()).toBe(2);

    await tab.open(`/sagas/${beheaded}`);
    await tab.page.getByText(/cannot read the log of the saga: .*starts with SagaStarted/).waitFor();
    await tab.page.getByText('Charged the total to the customer').waitFor();
    await tab.page.getByText('The log was changed after it was written').waitFor();
    await tab.page.getByText('CONFIRMED', { exact: true }).waitFor();

    await tab.open(`/sagas/${broken}`);
    await tab.page.getByText(/cannot read the log of the saga: .*event 1 is no JSON/).waitFor();
    await tab.page.getByText('Not a row of it can be read.').waitFor();
  });
});
