import { Help } from 'commander';

/** With less room beside its term than this, a description goes below it. */
const leastBeside = 40;
const indent = ' '.repeat(6);

/** How help is laid out: descriptions are wrapped in narrow terminals too, where Commander leaves them as one long line. */
export const helpLayout: Partial<Help> = {
  minWidthToWrap: 20,
  // biome-ignore lint/complexity/useMaxParams: the argument list is made by commander
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    if (description === '' || width - termWidth - 4 >= leastBeside)
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    const below = helper.boxWrap(description, width - indent.length).replaceAll('\n', `\n${indent}`);
    return `  ${term}\n${indent}${below}`;
  },
};
