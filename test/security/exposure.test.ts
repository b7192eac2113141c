import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, type Flags, resolveConfig } from '../../src/config.ts';
import { type Certificates, createCertificates } from '../support/certificates.ts';

let certificates: Certificates;
let directory = '';
beforeAll(() => {
  certificates = createCertificates();
  directory = mkdtempSync(join(tmpdir(), 'ordersaga-exposure-'));
});
afterAll(() => {
  certificates.remove();
  rmSync(directory, { recursive: true });
});

const secret = 'correct-horse-battery-staple';
const tokens = JSON.stringify([{ name: 'shop', token: secret, scopes: ['orders:read'] }]);
const pair = (): Flags => ({ tlsCert: certificates.cert, tlsKey: certificates.key });

function problemsOf(flags: Flags, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    resolveConfig(flags, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('a port that other machines can reach', () => {
  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1'])('was no such port on %s', (host) => {
    expect(problemsOf({ host })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.5', 'shop.example', '127.0.0.1.example'])(
    'was refused on %s without TLS, for services and for HTTP',
    (host) => {
      expect(problemsOf({ host })).toEqual([
        expect.stringMatching(/^--host: .*--tls-cert, --tls-key and --tls-ca, or --insecure$/),
        expect.stringMatching(/^--http-host: .*--tokens, or --insecure$/),
      ]);
    },
  );

  it('was allowed by --insecure', () => {
    expect(problemsOf({ host: '0.0.0.0', insecure: true })).toEqual([]);
    expect(problemsOf({ host: '0.0.0.0' }, { ORDERSAGA_INSECURE: 'true' })).toEqual([]);
  });

  it('was allowed with mutual TLS between services and tokens for HTTP', () => {
    const flags = { host: '0.0.0.0', ...pair(), tlsCa: certificates.ca };
    expect(problemsOf({ ...flags, tokens })).toEqual([]);
    expect(problemsOf({ ...flags, services: 'order' })).toEqual([]);
    expect(problemsOf(flags)).toHaveLength(1);
  });

  it('needed an authority, because encryption alone lets everybody in', () => {
    expect(problemsOf({ host: '0.0.0.0', ...pair(), tokens })).toEqual([expect.stringMatching(/^--host:/)]);
  });
});

describe('fault injection', () => {
  it('was for loopback alone, unless somebody insisted twice', () => {
    const file = join(directory, 'faults.json');
    writeFileSync(file, JSON.stringify({ faults: ['payment.charge=lost-reply:0.1'] }));
    expect(problemsOf({ faults: file })).toEqual([]);
    const open = { host: '0.0.0.0', insecure: true };
    expect(problemsOf({ ...open, faults: file })).toEqual([expect.stringMatching(/^--faults:/)]);
    expect(problemsOf({ ...open, faults: file, enableFaults: true })).toEqual([]);
    const protectedWell = { host: '0.0.0.0', ...pair(), tlsCa: certificates.ca, tokens };
    expect(problemsOf({ ...protectedWell, enableFaults: true })).toEqual([
      expect.stringMatching(/^--faults:/),
    ]);
  });

  it('was refused with a file that holds none', () => {
    const file = join(directory, 'no-faults.json');
    writeFileSync(file, JSON.stringify({ faults: ['payment.charge=explode'] }));
    expect(problemsOf({ faults: file })).toEqual([
      expect.stringContaining('fault 1 must be SERVICE.METHOD='),
    ]);
  });
});

describe('TLS material', () => {
  it('was refused in parts', () => {
    expect(problemsOf({ tlsCert: certificates.cert })).toHaveLength(1);
    expect(problemsOf({ tlsCa: certificates.ca })).toHaveLength(1);
  });

  it('was refused when it was something else or missing', () => {
    expect(problemsOf({ ...pair(), tlsCert: certificates.key })).toEqual([
      expect.stringContaining('must be a PEM file with a certificate'),
    ]);
    expect(problemsOf({ ...pair(), tlsKey: join(directory, 'none') })).toEqual([
      expect.stringContaining('cannot be read: ENOENT'),
    ]);
  });
});

describe('tokens', () => {
  it('were read from a file, and from the variable itself', () => {
    const file = join(directory, 'tokens.json');
    writeFileSync(file, tokens, { mode: 0o600 });
    expect(resolveConfig({ tokens: file }, {}).config.tokens).toMatchObject({
      path: file,
      readableByOthers: false,
      entries: [{ name: 'shop', scopes: ['orders:read'] }],
    });
    chmodSync(file, 0o644);
    expect(resolveConfig({ tokens: file }, {}).config.tokens).toMatchObject({ readableByOthers: true });
    expect(resolveConfig({}, { ORDERSAGA_TOKENS: tokens }).config.tokens).toMatchObject({ path: undefined });
  });

  it('were kept as digests and never shown', () => {
    const { config, settings } = resolveConfig({}, { ORDERSAGA_TOKENS: tokens });
    expect(JSON.stringify(config.tokens)).not.toContain(secret);
    expect(settings.find(({ key }) => key === 'tokens')?.text).toBe('(given as JSON): 1 tokens');
  });

  it.each([
    ['no list', `{"token": "${secret}"}`],
    ['no JSON', `[${secret}`],
    ['an empty list', '[]'],
    ['no scopes', JSON.stringify([{ name: 'a', token: secret, scopes: [] }])],
    ['an unknown scope', JSON.stringify([{ name: 'a', token: secret, scopes: ['all'] }])],
    [
      'the name of those without a token',
      JSON.stringify([{ name: 'anonymous', token: secret, scopes: ['operator'] }]),
    ],
    ['a short token', JSON.stringify([{ name: 'a', token: 'short', scopes: ['operator'] }])],
    [
      'a token and a digest',
      JSON.stringify([{ name: 'a', token: secret, sha256: 'a'.repeat(64), scopes: ['operator'] }]),
    ],
    [
      'one token twice',
      JSON.stringify(['a', 'b'].map((name) => ({ name, token: secret, scopes: ['operator'] }))),
    ],
  ])('were refused with %s, without repeating them', (_, text) => {
    const problems = problemsOf({}, { ORDERSAGA_TOKENS: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain(secret);
  });
});
