import { expect, test } from 'vitest';
import { goodOrder, problemOf, shopForFile } from './shop.ts';

const shop = shopForFile();
const itemsRequired = 'customer_id and items are required';
const itemInvalid = 'product_id, quantity, and price must be valid';

/** `goodOrder` as JSON text with one value replaced by raw JSON. */
const priced = (price: string): string =>
  `{"customer_id":"cust_123","items":[{"product_id":"prod_1","quantity":1,"price":${price}}]}`;
const counted = (quantity: string): string =>
  `{"customer_id":"cust_123","items":[{"product_id":"prod_1","quantity":${quantity},"price":50.00}]}`;
const named = (id: string): string =>
  `{"customer_id":${id},"items":[{"product_id":"prod_1","quantity":1,"price":50.00}]}`;
const produced = (id: string): string =>
  `{"customer_id":"cust_123","items":[{"product_id":${id},"quantity":1,"price":50.00}]}`;
const item = '{"product_id":"prod_1","quantity":1,"price":50.00}';

type Hostile = readonly [
  what: string,
  body: string,
  status: number,
  error: string,
  message?: string | undefined,
  pointer?: string,
];

const hostile: readonly Hostile[] = [
  ['a negative price', priced('-1'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['a price of zero', priced('0'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['a price that is no number', priced('NaN'), 400, 'invalid_json'],
  ['a price beyond all floats', priced('1e309'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['a price that underflows', priced('1e-400'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['a price as text', priced('"1"'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['0.1 + 0.2', priced('0.30000000000000004'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  ['three decimals', priced('10.005'), 400, 'invalid_item', itemInvalid, '#/items/0/price'],
  [
    'a price with digits that a float drops',
    priced('1.00000000000000000001'),
    400,
    'invalid_item',
    itemInvalid,
  ],
  ['a price that is off by a cent as a float', priced('90071992547409.91'), 400, 'invalid_item', itemInvalid],
  ['half a unit', counted('1.5'), 400, 'invalid_item', itemInvalid, '#/items/0/quantity'],
  ['no units', counted('0'), 400, 'invalid_item', itemInvalid, '#/items/0/quantity'],
  ['too many units', counted('10001'), 400, 'invalid_item', itemInvalid, '#/items/0/quantity'],
  ['a quantity as text', counted('"2"'), 400, 'invalid_item', itemInvalid, '#/items/0/quantity'],
  ['null as quantity', counted('null'), 400, 'invalid_item', itemInvalid, '#/items/0/quantity'],
  [
    'a total beyond 2^53',
    `{"customer_id":"c","items":[{"product_id":"p","quantity":10000,"price":9007199254740.99}]}`,
    400,
    'invalid_request',
    'the total of the order is too large',
    '#/items',
  ],
  [
    '101 items',
    `{"customer_id":"c","items":[${Array(101).fill(item)}]}`,
    400,
    'invalid_request',
    undefined,
    '#/items',
  ],
  ['20 000 empty items', `{"customer_id":"c","items":[${Array(20_000).fill('{}')}]}`, 400, 'invalid_request'],
  ['no items', `{"customer_id":"c","items":[]}`, 400, 'invalid_request', itemsRequired, '#/items'],
  [
    'items that are no list',
    `{"customer_id":"c","items":{}}`,
    400,
    'invalid_request',
    itemsRequired,
    '#/items',
  ],
  [
    'an item that is null',
    `{"customer_id":"c","items":[null]}`,
    400,
    'invalid_item',
    itemInvalid,
    '#/items/0',
  ],
  ['no customer', `{"items":[${item}]}`, 400, 'invalid_request', itemsRequired, '#/customer_id'],
  ['an empty customer', named('""'), 400, 'invalid_request', itemsRequired, '#/customer_id'],
  ['a blank customer', named('" "'), 400, 'invalid_request', itemsRequired, '#/customer_id'],
  ['a customer of 129 characters', named(`"${'x'.repeat(129)}"`), 400, 'invalid_request', itemsRequired],
  ['a lone surrogate', named('"\\ud800"'), 400, 'invalid_request', itemsRequired, '#/customer_id'],
  ['a bidi override', named('"a\\u202eb"'), 400, 'invalid_request', itemsRequired, '#/customer_id'],
  ['a zero-width space', produced('"a\\u200bb"'), 400, 'invalid_item', itemInvalid, '#/items/0/product_id'],
  [
    'a blank that is a letter',
    produced('"\\u3164"'),
    400,
    'invalid_item',
    itemInvalid,
    '#/items/0/product_id',
  ],
  ['a line break in an id', produced('"a\\r\\nb"'), 400, 'invalid_item', itemInvalid, '#/items/0/product_id'],
  [
    'a null character in an id',
    produced('"a\\u0000"'),
    400,
    'invalid_item',
    itemInvalid,
    '#/items/0/product_id',
  ],
  ['an object as id', produced('{"$gt":""}'), 400, 'invalid_item', itemInvalid, '#/items/0/product_id'],
  ['nothing', '', 400, 'invalid_json'],
  ['half an object', '{"customer_id":', 400, 'invalid_json'],
  ['two objects', '{}{}', 400, 'invalid_json'],
  ['null', 'null', 400, 'invalid_request', itemsRequired],
  ['a list', '[]', 400, 'invalid_request', itemsRequired],
  ['a text', '"order"', 400, 'invalid_request', itemsRequired],
  ['a list of depth 1 000', '['.repeat(1_000) + ']'.repeat(1_000), 400, 'invalid_json'],
  ['objects of depth 10 000', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 400, 'invalid_json'],
  [
    '__proto__',
    `{"__proto__":{"customer_id":"c"},"customer_id":"c","items":[${item}]}`,
    400,
    'invalid_json',
    undefined,
    '#/__proto__',
  ],
  [
    '__proto__ in an item, with escapes',
    produced('"prod_1","__\\u0070roto__":{}'),
    400,
    'invalid_json',
    undefined,
    '#/items/0/__proto__',
  ],
  [
    'a duplicate name',
    `{"customer_id":"a","customer_id":"b","items":[${item}]}`,
    400,
    'invalid_json',
    undefined,
    '#/customer_id',
  ],
  [
    'an unknown member',
    `{"customer_id":"c","curency":"EUR","items":[${item}]}`,
    400,
    'invalid_request',
    'curency is not known here',
    '#/curency',
  ],
  ['a constructor', `{"customer_id":"c","constructor":{},"items":[${item}]}`, 400, 'invalid_request'],
  ['an unknown currency', `{"customer_id":"c","currency":"QQQ","items":[${item}]}`, 400, 'invalid_request'],
  [
    'a currency in lower case',
    `{"customer_id":"c","currency":"usd","items":[${item}]}`,
    400,
    'invalid_request',
  ],
  [
    'cents of a currency without',
    `{"customer_id":"c","currency":"JPY","items":[{"product_id":"p","quantity":1,"price":1.5}]}`,
    400,
    'invalid_item',
  ],
  ['64 KiB and a byte', `{"customer_id":"${'x'.repeat(65_536)}"}`.slice(0, 65_537), 413, 'body_too_large'],
  ['a megabyte', 'x'.repeat(1_048_576), 413, 'body_too_large'],
];

test.each(hostile)('%s is refused, and the next good order passes', async (...row) => {
  const [, body, status, error, message, pointer] = row;
  const problem = await problemOf(await shop().post('/orders', body));
  expect(problem).toMatchObject({ status, error });
  if (message !== undefined) expect(problem.message).toBe(message);
  if (pointer !== undefined) expect(problem.errors?.map((issue) => issue.pointer)).toContain(pointer);
  expect(problem.detail).not.toBe('');
  expect(JSON.stringify(problem)).not.toMatch(/\bat \S+:\d+|node:|\.ts\b|SyntaxError|ZodError/);
  expect((await shop().post('/orders', goodOrder)).status).toBe(201);
});

test('exactly 64 KiB are read', async () => {
  const body = JSON.stringify(goodOrder);
  expect((await shop().post('/orders', body.padEnd(65_536))).status).toBe(201);
});

test('a body of bytes that are not UTF-8 is refused', async () => {
  const body = Buffer.concat([Buffer.from('{"customer_id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const headers = { 'Content-Type': 'application/json' };
  const problem = await problemOf(await shop().fetch('/orders', { method: 'POST', headers, body }));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_json', detail: 'The body must be UTF-8.' });
});

test.each([
  ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['plain text', { 'Content-Type': 'text/plain' }],
  ['JSON in another alphabet', { 'Content-Type': 'application/json; charset=utf-16' }],
  ['compressed JSON', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }],
])('%s is not accepted as an order', async (_, headers) => {
  const body = JSON.stringify(goodOrder);
  const problem = await problemOf(await shop().fetch('/orders', { method: 'POST', headers, body }));
  expect(problem).toMatchObject({ status: 415, error: 'unsupported_media_type' });
});

test('JSON that names its alphabet is accepted', async () => {
  const headers = { 'Content-Type': 'Application/JSON; charset="UTF-8"' };
  const body = JSON.stringify(goodOrder);
  expect((await shop().fetch('/orders', { method: 'POST', headers, body })).status).toBe(201);
});

test('at most 20 places are listed, however many are wrong', async () => {
  const problem = await problemOf(
    await shop().post('/orders', { customer_id: 'c', items: Array(100).fill({}) }),
  );
  expect(problem.errors).toHaveLength(20);
});

test('none of this was an error of ours', () => {
  expect(shop().troubles).toEqual([]);
});
