import { readFileSync } from 'node:fs';
import { type FaultPlan, parseFaultPlan, showFaultRule } from '../faults/fault-rule.ts';
import type { ValueKind } from './value-kind.ts';

/** Faults from the start on, read from a JSON file. */
export const faultFile: ValueKind<FaultPlan> = {
  placeholder: 'FILE',
  accepts: 'a JSON file such as {"seed": 1, "faults": ["payment.charge=lost-reply:0.1"]}',
  parse(path) {
    try {
      const plan = parseFaultPlan(JSON.parse(readFileSync(path, 'utf8')));
      return typeof plan === 'string' ? { problem: plan } : { value: Object.freeze(plan) };
    } catch (error) {
      return { problem: `cannot be read: ${error instanceof Error ? error.message : error}` };
    }
  },
  show: (plan) => plan.rules.map(showFaultRule).join(' '),
};
