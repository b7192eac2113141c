import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customerReason } from '../../src/checkout/customer-reason.ts';

const general = 'The order could not be completed. Any payment was given back.';
const reasonOf = (code: string, message = 'connect ECONNREFUSED 10.0.0.7:50053') =>
  customerReason({ code, message, step: 'charge-payment' });

describe('the reason that a customer reads', () => {
  it.each([
    ['payment_declined', 'Payment was declined.'],
    ['out_of_stock', 'One or more items are out of stock.'],
    ['unknown_product', 'One or more items are not available.'],
    ['cancel_requested', 'The order was cancelled on request.'],
    ['deadline_exceeded', 'The order could not be completed in time.'],
  ])('says %s in their words', (code, reason) => {
    expect(reasonOf(code)).toBe(reason);
  });

  it.each([
    'unavailable',
    'faulted',
    'UNAVAILABLE',
    '',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
  ])('says nothing in particular about %j', (code) => {
    expect(reasonOf(code)).toBe(general);
  });

  it('never shows a code or a message, whatever they are', () => {
    const secret = fc.string({ minLength: 6, maxLength: 40 }).map((text) => `<${text}>`);
    fc.assert(
      fc.property(secret, secret, (code, message) => {
        expect(reasonOf(code, message)).toBe(general);
        expect(reasonOf('payment_declined', message)).not.toContain(message);
      }),
    );
  });
});
