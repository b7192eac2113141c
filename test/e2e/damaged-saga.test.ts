import type { Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootHooks } from '../../src/boot/hooks.ts';
import { boot, type Running } from '../../src/boot.ts';
import { resolveConfig } from '../../src/config.ts';
import type { SagaSummaryAnswer } from '../../src/contract/sagas.ts';
import { SagaService, SagaStatus } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { removeDirectory, tamper, temporaryDirectory } from '../verify/real-shop.ts';

type Damage = {
  readonly what: string;
  /** Changes the rows of one saga. */
  readonly change: string;
  /** What a person is told about it. */
  readonly told: RegExp;
};

const last = '(SELECT max(seq) FROM saga_log WHERE saga_id = :id)';
const damages: readonly Damage[] = [
  {
    what: 'its first event is gone',
    change: 'DELETE FROM saga_log WHERE saga_id = :id AND seq = 1',
    told: /starts with SagaStarted/,
  },
  {
    what: 'its first row is no JSON',
    change: "UPDATE saga_log SET data = 'x' WHERE saga_id = :id AND seq = 1",
    told: /event 1 .*no JSON/,
  },
  {
    what: 'a later row is no JSON',
    change: 'UPDATE saga_log SET data = substr(data, 1, 20) WHERE saga_id = :id AND seq = 3',
    told: /event 3 .*no JSON/,
  },
  {
    what: 'a row is JSON and no event',
    change: "UPDATE saga_log SET data = 'null' WHERE saga_id = :id AND seq = 2",
    told: /event 2 /,
  },
  {
    what: 'its last event has lost all that it said',
    change: `UPDATE saga_log SET data = json_object('type', data ->> 'type', 'step', data ->> 'step')
      WHERE saga_id = :id AND seq = (SELECT max(seq) FROM saga_log WHERE saga_id = :id AND data ->> 'step' IS NOT NULL)`,
    told: /event \d+ /,
  },
  {
    what: 'its last event is of a kind that nobody knows',
    change: `UPDATE saga_log SET data = '{"type":"SagaPainted"}' WHERE saga_id = :id AND seq = ${last}`,
    told: /does not add up/,
  },
  {
    what: 'its events are in an order that cannot be',
    change: `UPDATE saga_log SET data = (SELECT data FROM saga_log WHERE saga_id = :id AND seq = 4)
      WHERE saga_id = :id AND seq = 2`,
    told: /does not add up/,
  },
  {
    what: 'nothing says what was ordered',
    change: "UPDATE saga_log SET data = json_remove(data, '$.input.items') WHERE saga_id = :id AND seq = 1",
    told: /what was ordered/,
  },
  {
    what: 'its deadline is no time',
    change:
      "UPDATE saga_log SET data = json_set(data, '$.deadlineAtMs', 1e300) WHERE saga_id = :id AND seq = 1",
    told: /event 1 /,
  },
  {
    what: 'all its events are gone',
    change: 'DELETE FROM saga_log WHERE saga_id = :id',
    told: /starts with SagaStarted/,
  },
];

const dataDir = temporaryDirectory();
const customer = 'cust_healthy';
/** Orders that are left alone: one that was confirmed, one that waits for a person. */
let healthy: { readonly sold: string; readonly halted: string };
/** By what is wrong with them, each once confirmed and once halted. */
const damaged = new Map<string, Damage>();
let running: Running;
let shop: Shop;

/** Nothing is given back, so that a declined order halts on its way back. */
const keepingStock: BootHooks = {
  participant: (inner) => ({
    ...inner,
    perform: async (call) =>
      call.operation.name === 'release-stock'
        ? { kind: 'faulted', failure: { code: 'UNIMPLEMENTED', message: 'no way back' } }
        : inner.perform(call),
  }),
};

async function open(hooks: BootHooks = {}): Promise<void> {
  const port = '0';
  const ports = { httpPort: port, orderPort: port, inventoryPort: port, paymentPort: port, sagaPort: port };
  const { config } = resolveConfig({ ...ports, dataDir, logLevel: 'silent', verifyIntervalMs: '0s' }, {});
  running = await boot(config, hooks);
  shop = createShop(`http://${running.http?.address}`);
}

const placeSold = async (by: string): Promise<string> => {
  const { id } = await shop.place(orderOf('prod_1', { customer: by }));
  expect((await shop.ended(id)).status).toBe('CONFIRMED');
  return id;
};

const placeHalted = async (by: string): Promise<string> => {
  const { id } = await shop.place(orderOf('prod_2', { customer: by, price: 501 }));
  for await (const { type } of shop.events(id, 0, AbortSignal.timeout(20_000)))
    if (type === 'SagaHalted') break;
  return id;
};

beforeAll(async () => {
  await open(keepingStock);
  for (const product of ['prod_1', 'prod_2']) await shop.setStock(product, 1_000);
  healthy = { sold: await placeSold(customer), halted: await placeHalted(customer) };
  for (const damage of damages) {
    damaged.set(await placeSold('cust_other'), damage);
    damaged.set(await placeHalted('cust_other'), damage);
  }
  await running.close(5_000);
  tamper(dataDir, 'saga', (database: Database) => {
    for (const [id, { change }] of damaged)
      expect(database.prepare(change).run({ id }).changes).toBeGreaterThan(0);
  });
  await open();
});

afterAll(async () => {
  await running.close(1_000);
  removeDirectory(dataDir);
});

const found = async (query: string): Promise<readonly SagaSummaryAnswer[]> => {
  const { status, json } = await shop.ask('GET', `/sagas?${query}`);
  expect(status).toBe(200);
  return (json as unknown as { sagas: readonly SagaSummaryAnswer[] }).sagas;
};
const idsOf = (sagas: readonly { readonly id: string }[]): readonly string[] =>
  sagas.map(({ id }) => id).toSorted();

describe('a damaged saga harms nobody else', () => {
  it('was told as a trouble when the gateway started, once for each that waits for a person', async () => {
    const { text } = await shop.ask('GET', '/metrics');
    const line = /^ordersaga_trouble_total\{what="a halted saga could not be read"\} (\d+)$/m;
    expect(Number(line.exec(text)?.[1])).toBe(damages.length);
  });

  it('was listed with the reason, beside the others', async () => {
    const sagas = await found('limit=200');
    expect(idsOf(sagas)).toEqual([...damaged.keys(), ...Object.values(healthy)].toSorted());
    for (const saga of sagas) {
      const { told } = damaged.get(saga.id) ?? {};
      if (told) expect(saga.unreadable).toMatch(told);
      else expect(saga).toMatchObject({ customer_id: customer, currency: 'USD', total: expect.any(Number) });
    }
  });

  it('did not stand in the way of a search', async () => {
    expect(idsOf(await found('product_id=prod_2&q=healthy'))).toEqual([healthy.halted]);
    expect(idsOf(await found(`customer_id=${customer}`))).toEqual(Object.values(healthy).toSorted());
    expect(idsOf(await found('step=reserve-stock'))).toEqual([healthy.halted]);
    expect(idsOf(await found('reason=payment_declined'))).toEqual([healthy.halted]);
    expect((await found('customer_id=cust_other')).length).toBeGreaterThan(0);
  });

  it('was counted in the inbox, which showed the others', async () => {
    expect((await shop.ask('GET', '/inbox')).json).toMatchObject({
      groups: [{ step: 'reserve-stock', cause: 'faulted', sagas: 1, sample_ids: [healthy.halted] }],
      sagas: damages.length + 1,
      unreadable: damages.length,
    });
  });

  it('did not keep the others from being shown', async () => {
    expect((await shop.ask('GET', `/sagas/${healthy.sold}`)).json).toMatchObject({ status: 'completed' });
    expect((await shop.ask('GET', `/sagas/${healthy.halted}/explanation`)).json).toMatchObject({
      status: 'halted',
    });
  });

  it('was listed over gRPC, too', async () => {
    const address = running.services.find(({ name }) => name === 'gateway')?.address ?? '';
    const { client, close } = createRpcClient({ service: SagaService, address, timeoutMs: 20_000 });
    const { sagas } = await client.listSagas({ status: SagaStatus.HALTED, pageSize: 200 }).finally(close);
    expect(sagas).toHaveLength(damages.length + 1);
    for (const { id, reason } of sagas) expect(reason).toMatch(damaged.get(id)?.told ?? /^faulted: /);
  });

  it('did not keep new orders from being accepted and carried out', async () => {
    const { id } = await shop.place(orderOf('prod_1'));
    expect((await shop.ended(id)).status).toBe('CONFIRMED');
  });

  it('was left out of a decision about many', async () => {
    const body = { kind: 'cancel', filter: { status: 'halted' }, reason: 'looked into it', dry_run: true };
    const { json } = await shop.ask('POST', '/sagas/commands', { body });
    expect(json).toMatchObject({ results: [{ id: healthy.halted }], has_more: false });
  });

  it('was found by a check of the books, which went on to its end', async () => {
    const { json } = await shop.ask('POST', '/verifications', { body: {} });
    const path = `/verifications/${json?.id}`;
    await expect
      .poll(async () => (await shop.ask('GET', path)).json?.status, { timeout: 20_000 })
      .not.toBe('running');
    expect((await shop.ask('GET', path)).json).toMatchObject({
      status: 'done',
      report: { result: 'violated', orders: { accepted: damaged.size + 3 } },
    });
  });
});

describe('a damaged saga', () => {
  it.each(damages)('says so when it is asked for: $what', async (damage) => {
    for (const [id] of [...damaged].filter(([, kind]) => kind === damage)) {
      const { status, json } = await shop.ask('GET', `/sagas/${id}`);
      expect([status, json]).toMatchObject([200, { id, unreadable: expect.stringMatching(damage.told) }]);
      const explained = await shop.ask('GET', `/sagas/${id}/explanation`);
      expect([explained.status, explained.json]).toMatchObject([
        200,
        { next: [expect.stringMatching(damage.told)], choices: [] },
      ]);
    }
  });

  it('is still an order to its customer, as the order service knows it', async () => {
    for (const [id] of damaged) expect((await shop.ask('GET', `/orders/${id}`)).status).toBe(200);
  });

  it('is not decided about, and the answer says why', async () => {
    for (const [id, { told }] of damaged) {
      const { json } = await shop.ask('POST', '/sagas/commands', {
        body: { kind: 'retry', filter: { ids: [id] }, reason: 'looked into it' },
      });
      expect(json).toMatchObject({ results: [{ id, result: 'refused', why: expect.stringMatching(told) }] });
      const single = await shop.ask('POST', `/sagas/${id}/retry`, { body: { reason: 'looked into it' } });
      expect([single.status, single.json]).toMatchObject([409, { error: 'command_refused' }]);
    }
  });
});
