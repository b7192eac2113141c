import { expect, test } from 'vitest';
import { authorityOf } from '../src/authority.ts';

test.each([
  ['127.0.0.1', '127.0.0.1:8080'],
  ['shop.example', 'shop.example:8080'],
  ['::1', '[::1]:8080'],
])('%s with a port can be read as part of a URL', (host, authority) => {
  expect(authorityOf(host, 8_080)).toBe(authority);
  expect(new URL(`http://${authority}`).port).toBe('8080');
});
