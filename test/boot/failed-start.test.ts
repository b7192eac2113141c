import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BootHooks } from '../../src/boot/hooks.ts';
import { boot } from '../../src/boot.ts';
import { type Flags, resolveConfig } from '../../src/config.ts';
import { createCertificates } from '../support/certificates.ts';
import { removeDirectory, temporaryDirectory } from '../verify/real-shop.ts';

/** Starts a gateway alone, which must fail. @returns whether its saga log was left open */
async function failedStart(
  flags: Flags,
  hooks: BootHooks = {},
): Promise<{ error: unknown; isLogOpen: boolean }> {
  const dataDir = temporaryDirectory();
  onTestFinished(() => removeDirectory(dataDir));
  const ports = { httpPort: '0', sagaPort: '0' };
  const { config } = resolveConfig(
    { dataDir, services: 'gateway', logLevel: 'silent', ...ports, ...flags },
    {},
  );
  const error = await boot(config, hooks).then(
    () => 'it started',
    (thrown: unknown) => thrown,
  );
  expect(existsSync(join(dataDir, 'saga.db'))).toBe(true);
  // SQLite removes it when the last connection is closed.
  return { error, isLogOpen: existsSync(join(dataDir, 'saga.db-wal')) };
}

test('a key that is none leaves no saga log open', async () => {
  const certificates = createCertificates();
  onTestFinished(() => certificates.remove());
  const tlsKey = join(certificates.key, '..', 'no-key.pem');
  writeFileSync(tlsKey, '-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n', {
    mode: 0o600,
  });
  const { error, isLogOpen } = await failedStart({ tlsCert: certificates.cert, tlsKey });
  expect(error).toBeInstanceOf(Error);
  expect(isLogOpen).toBe(false);
});

test('an engine that cannot be made leaves no saga log open', async () => {
  const { error, isLogOpen } = await failedStart(
    {},
    {
      participant: () => {
        throw new Error('no such participant');
      },
    },
  );
  expect(error).toMatchObject({ message: 'no such participant' });
  expect(isLogOpen).toBe(false);
});

test('a log that cannot be written is closed again', async () => {
  const { error, isLogOpen } = await failedStart(
    {},
    {
      sagaLog: (log) => ({
        ...log,
        renewLease: async () => {
          throw new Error('the disk is gone');
        },
      }),
    },
  );
  expect(error).toMatchObject({ message: 'the disk is gone' });
  expect(isLogOpen).toBe(false);
});
