import type { Command } from 'commander';
import type { StockAnswer } from '../../contract/stock.ts';
import type { CommandAdder } from '../cli.ts';
import { addGatewayOptions, gatewayOf, wantsJson } from '../gateway-options.ts';
import { wholeNumberBetween } from '../option-parsers.ts';
import { tableText } from '../table.ts';
import type { Colours } from '../terminal.ts';

const maxAvailable = 1_000_000_000_000;

/** `stock list|set`: what is on the shelf. */
export const addStockCommands: CommandAdder = (program, { terminal }) => {
  const stock = program.command('stock').description('read and set the stock');
  addGatewayOptions(stock.command('list'))
    .description('list every product')
    .action(async (_options: unknown, command: Command) => {
      const list = await gatewayOf(command).listStock();
      if (wantsJson(command)) terminal.json({ stock: list });
      else terminal.out(await stockText(list, terminal.colours));
    });
  addGatewayOptions(stock.command('set'))
    .description('set how many units new orders can take; reserved units are not touched')
    .argument('<product>', 'the product; created if it is new')
    .argument('<quantity>', 'units', wholeNumberBetween(0, maxAvailable))
    // biome-ignore lint/complexity/useMaxParams: the argument list is made by commander
    .action(async (product: string, quantity: number, _options: unknown, command: Command) => {
      const row = await gatewayOf(command).setStock(product, quantity);
      if (wantsJson(command)) terminal.json(row);
      else terminal.out(await stockText([row], terminal.colours));
    });
};

/** One line per product, for a person. */
export const stockText = (stock: readonly StockAnswer[], colours: Colours): Promise<string> =>
  tableText(
    [
      { head: 'PRODUCT' },
      ...['AVAILABLE', 'RESERVED', 'STOCKED'].map((head) => ({ head, align: 'right' as const })),
    ],
    stock.map(({ product_id, available, reserved, stocked }) => [product_id, available, reserved, stocked]),
    colours,
  );
