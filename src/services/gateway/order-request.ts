import { z } from 'zod';
import { decimalFromMinor, minorDigitsOf, minorFromDecimal } from '../../checkout/money.ts';
import { type OrderInput, type OrderItem, totalOf } from '../../checkout/order.ts';
import type { NewOrder } from '../../contract/orders.ts';
import type { RequestOf } from './agreement.ts';
import { type Issue, issuesFromZod, maxIssues, pointerFrom } from './issue.ts';
import type { OrderLimits } from './limits.ts';
import { printableText } from './printable-text.ts';

/** The currency of an order that names none. */
const defaultCurrency = 'USD';

const missingParts = 'customer_id and items are required';
const invalidItem = 'product_id, quantity, and price must be valid';

/** An order as a client wrote it, checked for everything but exact money. */
export type OrderRequest = RequestOf<NewOrder, z.infer<ReturnType<typeof orderRequestSchema>>>;

/** A request turned into the saga's input, or what is wrong with it: in the seed's words, and in detail. */
export type ParsedOrder =
  | { readonly kind: 'valid'; readonly input: OrderInput }
  | {
      readonly kind: 'invalid';
      readonly code: 'invalid_request' | 'invalid_item';
      readonly message: string;
      readonly issues: readonly Issue[];
    };

/** The body of `POST /orders`. Unknown members are refused, so that a misspelt `currency` cannot charge dollars. */
function orderRequestSchema({ maxItems, maxQuantity, maxIdLength }: OrderLimits) {
  const id = printableText(maxIdLength);
  const currencies = new Set(Intl.supportedValuesOf('currency'));
  const currencyError = 'must be an ISO 4217 code such as "USD"';
  const currency = z
    .string({ error: currencyError })
    .regex(/^[A-Z]{3}$/, { error: currencyError, abort: true })
    .refine((code) => currencies.has(code), { error: currencyError });
  const quantityError = `must be a whole number from 1 to ${maxQuantity}`;
  const priceError = 'must be a positive number, for example 50.00';
  const item = z
    .strictObject({
      product_id: id.meta({ example: 'prod_1' }),
      quantity: z
        .int({ error: quantityError })
        .min(1, { error: quantityError })
        .max(maxQuantity, { error: quantityError })
        .meta({ example: 1 }),
      price: z
        .number({ error: priceError })
        .positive({ error: priceError })
        .meta({ description: 'Price of one unit: an exact number of minor units.', example: 50 }),
    })
    .meta({ id: 'OrderRequestItem' });
  const itemsError = `must be a list of 1 to ${maxItems} items`;
  return z
    .strictObject({
      customer_id: id.meta({ example: 'cust_123' }),
      items: z
        .array(item, { error: itemsError })
        .min(1, { error: itemsError })
        .max(maxItems, { error: itemsError }),
      currency: currency
        .meta({ description: `ISO 4217. Default ${defaultCurrency}.`, example: 'USD' })
        .optional(),
    })
    .meta({ id: 'OrderRequest' });
}

/** Checks a parsed JSON document; `inexact` are numbers in it that lost digits when they were parsed. */
export function createOrderParser(limits: OrderLimits) {
  const schema = orderRequestSchema(limits);
  const parse = (document: unknown, inexact: readonly Issue[] = []): ParsedOrder => {
    if (itemCount(document) > limits.maxItems) {
      const detail = `must be a list of 1 to ${limits.maxItems} items`;
      return invalid([{ pointer: '#/items', detail }], `an order has at most ${limits.maxItems} items`);
    }
    const checked = schema.safeParse(document);
    const issues = [...inexact, ...(checked.success ? [] : checked.error.issues.flatMap(issuesFromZod))];
    if (!checked.success || issues.length > 0) return invalid(issues);
    return withExactMoney(checked.data);
  };
  return { schema, parse };
}

// Before the schema looks at each of them: 64 KiB hold twenty thousand wrong items.
const itemCount = (document: unknown): number =>
  typeof document === 'object' && document !== null && 'items' in document && Array.isArray(document.items)
    ? document.items.length
    : 0;

function withExactMoney({ customer_id, currency = defaultCurrency, items }: OrderRequest): ParsedOrder {
  const issues: Issue[] = [];
  const exact: OrderItem[] = [];
  items.forEach(({ product_id, quantity, price }, index) => {
    const priceMinor = minorFromDecimal(price, currency);
    if (priceMinor === undefined) {
      const detail = `must have at most ${minorDigitsOf(currency)} decimal places in ${currency}`;
      issues.push({ pointer: pointerFrom(['items', index, 'price']), detail });
    } else exact.push({ productId: product_id, quantity, priceMinor });
  });
  if (issues.length > 0) return invalid(issues);
  const totalMinor = totalOf(exact);
  if (totalMinor === undefined || !isExactInJson(totalMinor, currency)) {
    return invalid(
      [{ pointer: '#/items', detail: 'must add up to less' }],
      'the total of the order is too large',
    );
  }
  return { kind: 'valid', input: { customerId: customer_id, currency, items: exact, totalMinor } };
}

/** Beyond some 70 trillion dollars a JSON number no longer tells one cent from the next. */
const isExactInJson = (amountMinor: number, currency: string): boolean =>
  minorFromDecimal(decimalFromMinor(amountMinor, currency), currency) === amountMinor;

function invalid(issues: readonly Issue[], message?: string): ParsedOrder {
  const code = issues.every(({ pointer }) => pointer.startsWith('#/items/'))
    ? 'invalid_item'
    : 'invalid_request';
  const shown = issues.slice(0, maxIssues);
  if (message !== undefined) return { kind: 'invalid', code, message, issues: shown };
  if (code === 'invalid_item') return { kind: 'invalid', code, message: invalidItem, issues: shown };
  const required = issues.some(({ pointer }) => ['#', '#/customer_id', '#/items'].includes(pointer));
  const [first] = issues;
  const specific = first === undefined ? missingParts : `${first.pointer.slice(2)} ${first.detail}`;
  return { kind: 'invalid', code, message: required ? missingParts : specific, issues: shown };
}
