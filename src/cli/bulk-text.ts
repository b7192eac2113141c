import { leftAsItIs } from '../checkout/by-hand.ts';
import type { BulkAnswer, BulkResultAnswer } from '../contract/decisions.ts';
import { sagaStatusText } from './saga-text.ts';
import type { Colours } from './terminal.ts';

/** What became of each saga, or would, and the sum. */
export function bulkText({ results, counts }: BulkAnswer, colours: Colours): string {
  const sums = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([result, count]) => `${count} ${words[result] ?? result}`);
  return [...results.map((result) => resultText(result, colours)), '', sums.join(', ')].join('\n');
}

const words: Readonly<Record<string, string>> = {
  allowed: 'would be done',
  not_found: 'not found',
  elsewhere: 'driven elsewhere',
};

function resultText(
  { id, result, why, status, by_hand, calls = [] }: BulkResultAnswer,
  colours: Colours,
): string {
  switch (result) {
    case 'done':
      return `${id}  ${colours.green('done')}  ${status ? sagaStatusText(status, colours) : ''}`;
    case 'allowed': {
      const steps = calls.map(({ effect }) => `    ${effect}`);
      const end = status ? [`    then it is ${sagaStatusText(status, colours)}`] : [];
      const left = by_hand ? [`    ${colours.yellow(leftAsItIs(by_hand))}`] : [];
      return [`${id}`, ...steps, ...end, ...left].join('\n');
    }
    case 'not_found':
      return `${id}  ${colours.red('there is no such saga')}`;
    case 'refused':
    case 'elsewhere':
    case 'failed':
      return `${id}  ${colours.red(result)}: ${why ?? ''}`;
  }
}
