import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variableOf } from '../src/config/option.ts';
import { ConfigError, type Flags, resolveConfig, rows } from '../src/config.ts';

type Env = Readonly<Record<string, string>>;
const configOf = (flags: Flags = {}, env: Env = {}) => resolveConfig(flags, env).config;
const settingOf = (key: string, flags: Flags, env: Env) =>
  resolveConfig(flags, env).settings.find((setting) => setting.key === key);

function problemsOf(flags: Flags, env: Env = {}): readonly string[] {
  try {
    resolveConfig(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('defaults', () => {
  it('ran everything on loopback with the stock and the limit of the showcase', () => {
    expect(configOf()).toMatchObject({
      services: ['gateway', 'order', 'inventory', 'payment'],
      host: '127.0.0.1',
      httpHost: '127.0.0.1',
      httpPort: 8080,
      orderPort: 50051,
      inventoryPort: 50052,
      paymentPort: 50053,
      sagaPort: 50054,
      dataDir: './data',
      seedStock: { prod_1: 15, prod_2: 10, prod_3: 0 },
      paymentLimit: 500,
      idempotencyTtlMs: 24 * 60 * 60_000,
      shutdownGraceMs: 10_000,
      maxLiveSagas: 10_000,
      tracing: false,
    });
  });

  it('were shown in a form that means the same when given', () => {
    for (const [key, row] of rows()) {
      const text = row.kind.show(row.default);
      if (text === '' || key === 'seedStock') continue;
      expect(row.kind.parse(text), key).toEqual({ value: row.default });
    }
  });

  it('could not be changed by whoever holds the configuration', () => {
    expect(Object.isFrozen(configOf())).toBe(true);
  });
});

describe('the option table', () => {
  it('named every flag and variable once', () => {
    const flags = rows().map(([, { flag }]) => flag);
    expect(new Set(flags).size).toBe(flags.length);
    expect(variableOf({ flag: 'max-live-sagas' })).toBe('ORDERSAGA_MAX_LIVE_SAGAS');
  });
});

describe('the port for /metrics alone', () => {
  it('was any free one without the gateway, whose HTTP serves them too, and none beside it', () => {
    expect(configOf({ services: 'order' }).metricsPort).toBe(0);
    expect(configOf({ services: 'gateway,order' }).metricsPort).toBeUndefined();
    expect(configOf({}).metricsPort).toBeUndefined();
    expect(configOf({ metricsPort: '9464' }).metricsPort).toBe(9464);
  });
});

describe('precedence', () => {
  const env = { ORDERSAGA_HTTP_PORT: '9001', HTTP_ADDR: ':9002' };

  it('let a flag beat our variable, and our variable beat the showcase', () => {
    expect(settingOf('httpPort', { httpPort: '9000' }, env)).toMatchObject({
      value: 9000,
      source: 'flag',
      from: '--http-port',
    });
    expect(settingOf('httpPort', {}, env)).toMatchObject({ value: 9001, from: 'ORDERSAGA_HTTP_PORT' });
    expect(settingOf('httpPort', {}, { HTTP_ADDR: ':9002' })).toMatchObject({
      value: 9002,
      from: 'HTTP_ADDR',
    });
    expect(settingOf('httpPort', {}, {})).toMatchObject({ value: 8080, source: 'default', from: 'default' });
  });

  it('took an empty variable as not set', () => {
    expect(settingOf('httpPort', {}, { ORDERSAGA_HTTP_PORT: '', HTTP_ADDR: '' })).toMatchObject({
      source: 'default',
    });
  });

  it('let a switch be turned off that a variable turned on', () => {
    const on = { ORDERSAGA_REQUIRE_IDEMPOTENCY_KEY: 'true' };
    expect(configOf({}, on).requireIdempotencyKey).toBe(true);
    expect(settingOf('requireIdempotencyKey', { requireIdempotencyKey: false }, on)).toMatchObject({
      value: false,
      from: '--no-require-idempotency-key',
    });
  });
});

describe('the variables of the showcase', () => {
  it('kept HTTP on loopback when HTTP_ADDR named only a port', () => {
    expect(configOf({}, { HTTP_ADDR: ':9090' })).toMatchObject({ httpHost: '127.0.0.1', httpPort: 9090 });
  });

  it('opened HTTP alone when HTTP_ADDR named an address', () => {
    expect(configOf({ insecure: true }, { HTTP_ADDR: '0.0.0.0:9090' })).toMatchObject({
      host: '127.0.0.1',
      httpHost: '0.0.0.0',
      httpPort: 9090,
    });
  });

  it('took an IPv6 address out of its brackets', () => {
    expect(configOf({}, { HTTP_ADDR: '[::1]:9090' })).toMatchObject({ httpHost: '::1', httpPort: 9090 });
  });

  it('took Redis as host and port or as a URL', () => {
    expect(configOf({}, { REDIS_ADDR: 'redis:6379' }).redisUrl).toBe('redis://redis:6379');
    expect(configOf({ redisUrl: 'rediss://r:6380/2' }).redisUrl).toBe('rediss://r:6380/2');
  });

  it('found the participants', () => {
    const env = { ORDER_SERVICE_ADDR: 'order-service:50051', INVENTORY_SERVICE_ADDR: ':50052' };
    expect(configOf({}, env)).toMatchObject({
      orderAddr: 'order-service:50051',
      inventoryAddr: '127.0.0.1:50052',
      paymentAddr: undefined,
    });
  });

  it('exported traces when the OTEL variables said where to, and handed them on', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://tempo:4318' };
    expect(configOf({}, env)).toMatchObject({ tracing: true, otel: env });
    expect(configOf({}, { ...env, OTEL_SDK_DISABLED: 'true' }).tracing).toBe(false);
    expect(configOf({}, { OTEL_TRACES_EXPORTER: 'none' }).tracing).toBe(false);
    expect(configOf({ tracing: false }, env).tracing).toBe(false);
  });
});

describe('services', () => {
  it('left out the ones that have an address of their own', () => {
    expect(configOf({ inventoryAddr: '127.0.0.1:6000' }).services).toEqual(['gateway', 'order', 'payment']);
  });

  it('ran what was asked for, even beside an address', () => {
    const config = configOf({ services: 'gateway,order', orderAddr: '127.0.0.1:6000' });
    expect(config).toMatchObject({ services: ['gateway', 'order'], orderAddr: '127.0.0.1:6000' });
  });

  it('let HTTP listen where the others do', () => {
    expect(configOf({ host: '0.0.0.0', insecure: true }).httpHost).toBe('0.0.0.0');
  });
});

describe('units', () => {
  it.each([
    ['500ms', undefined],
    ['10s', 10_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['10', undefined],
    ['-1s', undefined],
    ['1.5h', undefined],
  ])('read the time %s', (text, idempotencyTtlMs) => {
    if (idempotencyTtlMs === undefined) expect(problemsOf({ idempotencyTtlMs: text })).toHaveLength(1);
    else expect(configOf({ idempotencyTtlMs: text }).idempotencyTtlMs).toBe(idempotencyTtlMs);
  });

  it.each([
    ['65536', 65_536],
    ['64KiB', 65_536],
    ['1mb', 1_048_576],
    ['1GB', undefined],
    ['1', undefined],
  ])('read the size %s', (text, bodyLimitBytes) => {
    if (bodyLimitBytes === undefined) expect(problemsOf({ bodyLimitBytes: text })).toHaveLength(1);
    else expect(configOf({ bodyLimitBytes: text }).bodyLimitBytes).toBe(bodyLimitBytes);
  });

  it('read the payment limit as a decimal amount', () => {
    expect(configOf({ paymentLimit: '99.95' }).paymentLimit).toBe(99.95);
    expect(problemsOf({ paymentLimit: '1e3' })).toHaveLength(1);
  });
});

describe('problems', () => {
  it('named the flag or variable, the value and what is accepted, all of them at once', () => {
    expect(
      problemsOf({ httpPort: 'eighty', logLevel: 'loud' }, { ORDERSAGA_SERVICES: 'gateway,shipping' }),
    ).toEqual([
      'ORDERSAGA_SERVICES: "gateway,shipping" must be one or more of gateway, order, inventory, payment, separated by commas',
      '--http-port: "eighty" must be a port from 0 to 65535 (0 is any free one)',
      '--log-level: "loud" must be one of trace, debug, info, warn, error, silent',
    ]);
  });

  it('told one port for two services, unless it is any free one', () => {
    expect(problemsOf({ httpPort: '50051' })).toEqual(['--order-port: 50051 is the port of --http-port too']);
    expect(problemsOf({ httpPort: '0', orderPort: '0' })).toEqual([]);
    expect(problemsOf({ services: 'order', httpPort: '50051' })).toEqual([]);
  });

  it.each(['nowhere', ':6000', 'host:0', 'host:65536', 'http://host:1'])(
    'refused the address %s',
    (orderAddr) => {
      expect(problemsOf({ orderAddr })).toHaveLength(1);
    },
  );

  it('warned about a variable of ours that does not exist', () => {
    expect(resolveConfig({}, { ORDERSAGA_HTP_PORT: '1', ORDERSAGA_URL: 'x' }).warnings).toEqual([
      'ORDERSAGA_HTP_PORT is not a variable of ordersaga and has no effect',
    ]);
  });
});

describe('secrets', () => {
  it('were not shown', () => {
    const shown = settingOf('redisUrl', { redisUrl: 'redis://app:hunter2@r:6379' }, {});
    expect(shown).toMatchObject({ text: 'redis://app:***@r:6379', value: 'redis://app:hunter2@r:6379' });
  });

  it('were not repeated in a problem', () => {
    expect(problemsOf({ redisUrl: 'redis://:hunter2@' })[0]).toMatch(
      /^--redis-url: the given value must be redis:/,
    );
  });
});

describe('the stock file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ordersaga-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function stockFile(text: string): string {
    const path = join(folder, 'stock.json');
    writeFileSync(path, text);
    return path;
  }

  it('was read', () => {
    expect(configOf({ seedStock: stockFile('{"tea": 3, "mug": 0}') }).seedStock).toEqual({ tea: 3, mug: 0 });
  });

  it.each([
    ['[1]', 'must be a JSON file such as {"prod_1": 15, "prod_2": 10}'],
    ['{"tea": -1}', '"tea" must have a whole quantity from 0 to 1000000000000'],
    ['{"tea": "3"}', '"tea" must have a whole quantity from 0 to 1000000000000'],
    ['{tea', 'cannot be read: '],
  ])('was refused when it said %s', (text, problem) => {
    expect(problemsOf({ seedStock: stockFile(text) })[0]).toContain(problem);
  });

  it('was missed by name', () => {
    expect(problemsOf({ seedStock: join(folder, 'none.json') })[0]).toMatch(
      /none\.json" cannot be read: ENOENT/,
    );
  });
});
