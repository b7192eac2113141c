/**
 * How a call goes wrong.
 *
 * | kind | effect | the caller sees |
 * |---|---|---|
 * | `error-before` | none | INTERNAL |
 * | `error-after` | yes | INTERNAL |
 * | `timeout-before` | none | nothing |
 * | `timeout-after` | yes | nothing |
 * | `lost-reply` | yes | UNAVAILABLE, as when a connection breaks |
 * | `duplicate` | the call comes twice at once | the first answer |
 * | `delay` | late, even if nobody waits any more | a late answer, or none in time |
 * | `partition` | none | nothing; always, and for all methods |
 */
export const faultKinds = [
  'error-before',
  'error-after',
  'timeout-before',
  'timeout-after',
  'lost-reply',
  'duplicate',
  'delay',
  'partition',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** The services that calls can go wrong in. */
export const faultyServices = ['order', 'inventory', 'payment'] as const;
export type FaultyService = (typeof faultyServices)[number];

/** Which calls go wrong, and how. */
export type FaultRule = {
  readonly service: FaultyService;
  /** In lower camel case; `*` is all. */
  readonly method: string;
  readonly kind: FaultKind;
  /** In (0, 1]. */
  readonly probability: number;
  /** Of `delay`; 0 for the others. */
  readonly delayMs: number;
};

/** For messages about a text that is not a rule. */
export const faultRuleForm =
  'must be SERVICE.METHOD=KIND[:PROBABILITY], e.g. payment.charge=lost-reply:0.1, inventory.reserve=delay:500:50% or order=partition';

const form = /^(order|inventory|payment)(?:\.([a-z][A-Za-z]{0,63}|\*))?=([a-z-]+)((?::[0-9.]+%?){0,2})$/;

/** Reads `payment.charge=lost-reply:0.1`. @returns undefined for what is no rule; see {@link faultRuleForm} */
export function parseFaultRule(text: string): FaultRule | undefined {
  const [, serviceText, method = '*', kindText, parameters = ''] = form.exec(text) ?? [];
  const service = faultyServices.find((name) => name === serviceText);
  const kind = faultKinds.find((name) => name === kindText);
  if (service === undefined || kind === undefined) return undefined;
  const rest = parameters.split(':').slice(1);
  const delayMs = kind === 'delay' ? wholeMs(rest.shift()) : 0;
  const probability = probabilityFrom(rest.shift());
  if (delayMs === undefined || probability === undefined || rest.length > 0) return undefined;
  if (kind === 'partition' && (method !== '*' || probability !== 1)) return undefined;
  return { service, method, kind, probability, delayMs };
}

/** The text that {@link parseFaultRule} reads. */
export function showFaultRule({ service, method, kind, probability, delayMs }: FaultRule): string {
  const target = method === '*' ? service : `${service}.${method}`;
  const delay = kind === 'delay' ? `:${delayMs}` : '';
  return `${target}=${kind}${delay}${probability === 1 ? '' : `:${probability}`}`;
}

const maxDelayMs = 600_000;

function wholeMs(text = ''): number | undefined {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= 1 && value <= maxDelayMs ? value : undefined;
}

function probabilityFrom(text = '1'): number | undefined {
  const [, number = '', percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
  const value = number === '' ? Number.NaN : Number(number) / (percent === '%' ? 100 : 1);
  return value > 0 && value <= 1 ? value : undefined;
}

/** Faults and the seed of their chance. */
export type FaultPlan = { readonly seed: number; readonly rules: readonly FaultRule[] };

const maxRules = 100;

/** Reads `{"seed": 1, "faults": ["payment.charge=lost-reply:0.1"]}`. @returns what is wrong with it, as a text */
export function parseFaultPlan(json: unknown): FaultPlan | string {
  if (typeof json !== 'object' || json === null) return 'must be an object with faults';
  const { seed = 1, faults } = json as { readonly seed?: unknown; readonly faults?: unknown };
  if (!Number.isInteger(seed) || Number(seed) < 0 || Number(seed) > 0xffff_ffff)
    return 'must have a whole number from 0 to 4294967295 as seed';
  if (!Array.isArray(faults) || faults.length > maxRules)
    return `must have a list of at most ${maxRules} faults`;
  const rules: FaultRule[] = [];
  for (const [index, text] of faults.entries()) {
    const rule = typeof text === 'string' ? parseFaultRule(text) : undefined;
    if (rule === undefined) return `fault ${index + 1} ${faultRuleForm}`;
    rules.push(rule);
  }
  return { seed: Number(seed), rules };
}
