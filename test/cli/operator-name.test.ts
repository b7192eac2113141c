import { expect, test } from 'vitest';
import { ownName } from '../../src/cli/operator-name.ts';

test('who decides is the user, by number where the system knows no name', () => {
  expect(ownName(() => ({ username: 'ada' }))).toBe('ada');
  const nameless = (): never => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(ownName(nameless)).toBe(`uid ${process.getuid?.() ?? 'unknown'}`);
});
