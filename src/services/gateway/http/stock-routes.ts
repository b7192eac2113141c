import { z } from 'zod';
import type { StockAnswer, StockListAnswer } from '../../../contract/stock.ts';
import type { Stock } from '../../../gen/ordersaga/inventory/v1/inventory_pb.js';
import type { AnswerOf } from '../agreement.ts';
import type { GatewayLimits } from '../limits.ts';
import type { ParticipantClients } from '../participants.ts';
import { printablePattern } from '../printable-text.ts';
import { ownerUnavailable, readOptions } from './order-lookup.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { invalidParameter } from './read-query.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

export type StockRouteDeps = {
  readonly inventory: Pick<ParticipantClients['inventory'], 'listStock' | 'setStock'>;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes' | 'readTimeoutMs' | 'maxIdLength'>;
};

const stockSchema = z
  .object({
    product_id: z.string(),
    available: z.int().meta({ description: 'Units that a new order can take.' }),
    reserved: z.int().meta({ description: 'Units that orders hold, confirmed ones included.' }),
    stocked: z.int().meta({ description: 'Units ever put on the shelf.' }),
  })
  .meta({ id: 'Stock' });

const stockListSchema = z.object({ stock: z.array(stockSchema) }).meta({ id: 'StockList' });

type StockView = AnswerOf<StockAnswer, z.infer<typeof stockSchema>>;
type StockListView = AnswerOf<StockListAnswer, z.infer<typeof stockListSchema>>;

const availableError = 'must be a whole number from 0 to 1000000000000';
const setStockSchema = z
  .strictObject({
    available: z
      .int({ error: availableError })
      .min(0, { error: availableError })
      .max(1_000_000_000_000, { error: availableError }),
  })
  .meta({ id: 'SetStock' });

/** The routes that show and set stock. The inventory service owns it. */
export function stockRoutes(deps: StockRouteDeps): readonly Route[] {
  return [listStock(deps), setStock(deps)];
}

function listStock({ inventory, limits }: StockRouteDeps): Route {
  return {
    method: 'get',
    path: '/stock',
    scope: 'stock:read',
    problems: ['owner_unavailable'],
    operation: {
      operationId: 'listStock',
      summary: 'List the stock of all products',
      tags: ['Stock'],
      responses: { '200': jsonResponse('By product id.', stockListSchema) },
    },
    async handle(exchange) {
      const { stock } = await inventory
        .listStock({}, readOptions(exchange, limits.readTimeoutMs))
        .catch(unavailable);
      const body: StockListView = { stock: stock.map(stockView) };
      return json(200, body);
    },
  };
}

function setStock({ inventory, limits }: StockRouteDeps): Route {
  const pattern = printablePattern(limits.maxIdLength);
  return {
    method: 'put',
    path: '/stock/{product_id}',
    scope: 'stock:write',
    problems: ['invalid_path', 'invalid_parameter', ...bodyProblems, 'owner_unavailable'],
    operation: {
      operationId: 'setStock',
      summary: 'Set how many units of a product new orders can take',
      description: 'Creates the product if it is new. Does not touch units that orders hold.',
      tags: ['Stock'],
      requestParams: { path: z.object({ product_id: z.string() }) },
      requestBody: jsonBody(setStockSchema),
      responses: { '200': jsonResponse('The stock as it is now.', stockSchema) },
    },
    async handle(exchange) {
      const productId = exchange.params.product_id ?? '';
      if (!pattern.test(productId)) {
        const detail = `must be 1 to ${limits.maxIdLength} printable characters`;
        throw invalidParameter([{ pointer: 'product_id', detail }]);
      }
      const { available } = parseBody(setStockSchema, await readJson(exchange.request, limits.maxBodyBytes));
      const { stock } = await inventory
        .setStock({ productId, available: BigInt(available) }, readOptions(exchange, limits.readTimeoutMs))
        .catch(unavailable);
      if (stock === undefined)
        throw ownerUnavailable(new Error('SetStock answered without stock'), 'inventory');
      return json(200, stockView(stock));
    },
  };
}

const stockView = ({ productId, available, reserved, stocked }: Stock): StockView => ({
  product_id: productId,
  available: Number(available),
  reserved: Number(reserved),
  stocked: Number(stocked),
});

const unavailable = (thrown: unknown): never => {
  throw ownerUnavailable(thrown, 'inventory');
};
