import type { TraceContext } from '../trace-context.ts';

/** Decides when a request comes in whether its trace is recorded. */
export type Sampler = (traceId: string, parent: TraceContext | undefined) => boolean;

type SamplerEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name. Default: what the caller decided, and
 * without a caller everything. An unknown name, or a ratio outside 0..1, counts as not set, as the specification asks.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function samplerFrom(env: SamplerEnvironment): Sampler {
  const name = env.OTEL_TRACES_SAMPLER ?? '';
  const root = rootSampler(name.replace(/^parentbased_/, ''), ratioFrom(env.OTEL_TRACES_SAMPLER_ARG));
  const honoursParent = !['always_on', 'always_off', 'traceidratio'].includes(name);
  return (traceId, parent) => (honoursParent && parent ? parent.sampled : root(traceId));
}

function rootSampler(name: string, ratio: number): (traceId: string) => boolean {
  if (name === 'always_off') return () => false;
  if (name !== 'traceidratio') return () => true;
  // The last 56 bits of a trace id are random (W3C Trace Context 2), so that every process decides the same.
  const threshold = BigInt(Math.round(ratio * 2 ** 56));
  return (traceId) => BigInt(`0x${traceId.slice(18)}`) < threshold;
}

function ratioFrom(text: string | undefined): number {
  const ratio = Number(text === undefined || text === '' ? Number.NaN : text);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}
