import { expect, test } from 'vitest';
import type { SagaSummary } from '../../../src/services/gateway/saga-view.ts';
import { goodOrder, problemOf, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();

type Page = {
  readonly sagas: readonly SagaSummary[];
  readonly next_cursor?: string;
  readonly looked: number;
};
const find = async (query: string): Promise<Page> =>
  (await (await shop().fetch(`/sagas?${query}`)).json()) as Page;
const idsOf = async (query: string): Promise<readonly string[]> =>
  (await find(query)).sagas.map(({ id }) => id);

const orderFrom = (customer_id: string, product_id = 'prod_1', price = 1) => ({
  customer_id,
  items: [{ product_id, quantity: 1, price }],
});

test('a customer, a product, a reason and a piece of text were each found, and together', async () => {
  const ada = await shop().settle(orderFrom('cust_ada'));
  const declined = await shop().settle(orderFrom('cust_ada', 'prod_2', 600));
  await shop().settle(orderFrom('cust_other'));
  expect(await idsOf('customer_id=cust_ada')).toEqual([declined, ada]);
  expect(await idsOf('product_id=prod_2')).toEqual([declined]);
  expect(await idsOf('reason=payment_declined')).toEqual([declined]);
  expect(await idsOf('q=_ADA')).toEqual([declined, ada]);
  expect(await idsOf('customer_id=cust_ada&status=completed')).toEqual([ada]);
  expect(await idsOf('customer_id=cust_ada&product_id=prod_2&reason=out_of_stock')).toEqual([]);
  expect(await idsOf('step=charge-payment')).toEqual([]);
});

test('a saga was found by its id, the start of its id, and its trace', async () => {
  const id = await shop().settle(goodOrder);
  const [saga] = (await find(`q=${id}`)).sagas;
  expect(saga?.id).toBe(id);
  expect(await idsOf(`q=${id.slice(0, 24).toUpperCase()}`)).toEqual([id]);
  expect(await idsOf(`q=${saga?.trace_id}`)).toEqual([id]);
});

test('times were ranges of ids', async () => {
  const before = new Date(Date.now()).toISOString();
  const id = await shop().settle(goodOrder);
  const after = new Date(Date.now() + 1).toISOString();
  expect(await idsOf(`from=${before}&until=${after}`)).toEqual([id]);
  expect(await idsOf(`from=${after}`)).toEqual([]);
});

test('pages of a customer and of a text went on where they had ended', async () => {
  const made = [
    await shop().settle(orderFrom('cust_pages')),
    await shop().settle(orderFrom('cust_pages')),
    await shop().settle(orderFrom('cust_pages')),
  ];
  for (const filter of ['customer_id=cust_pages', 'q=cust_pages']) {
    const seen: string[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const page: Page = await find(`${filter}&limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.sagas.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(made.toReversed());
  }
});

test('a cursor that no page gave and a filter that does not exist were refused', async () => {
  const foreign = Buffer.from('~x').toString('base64url');
  for (const query of ['cursor=bm9uc2Vuc2U', `cursor=${foreign}`, `customer_id=cust_ada&cursor=${foreign}`]) {
    const problem = await problemOf(await shop().fetch(`/sagas?${query}`));
    expect([query, problem]).toEqual([query, expect.objectContaining({ error: 'invalid_parameter' })]);
  }
  expect((await shop().fetch('/sagas?custmer=x')).status).toBe(400);
  expect((await shop().fetch('/sagas?from=yesterday')).status).toBe(400);
});

test('the next page of a customer was asked for in vain while the order service was away', async () => {
  const lonely = await startShop();
  for (let n = 0; n < 2; n += 1) await lonely.settle(orderFrom('cust_ada'));
  const first = (await (await lonely.fetch('/sagas?customer_id=cust_ada&limit=1')).json()) as Page;
  await lonely.services.order.close();
  const next = await lonely.fetch(`/sagas?customer_id=cust_ada&limit=1&cursor=${first.next_cursor}`);
  expect(await problemOf(next)).toMatchObject({ status: 503, error: 'owner_unavailable' });
});

test('the overview and the services were told', async () => {
  const overview = await (await shop().fetch('/overview?window=1h')).json();
  expect(overview).toMatchObject({
    log: 'writable',
    books: 'unknown',
    participants: { order: { health: 'serving' } },
  });
  const { services } = (await (await shop().fetch('/services')).json()) as { services: readonly object[] };
  expect(services).toHaveLength(4);
});
