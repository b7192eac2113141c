/** Order counts from the gateway's `/metrics`, since it started. */
export type GatewayCounters = {
  /** Confirmed or undone completely. */
  readonly finished: number;
  /** Without halted ones, which only a person can move. */
  readonly unfinished: number;
  readonly halted: number;
  readonly refused: number;
};

/** @throws Error when the metrics cannot be read */
export async function readGatewayCounters(url: string, token: string | undefined): Promise<GatewayCounters> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}/metrics answered ${response.status}`);
  const sum = (name: string, labels = ''): number => sumOf(text, name, labels);
  return {
    finished: sum('ordersaga_orders_confirmed_total') + sum('ordersaga_orders_cancelled_total'),
    unfinished:
      sum('ordersaga_sagas_unfinished', 'status="running"') +
      sum('ordersaga_sagas_unfinished', 'status="compensating"'),
    halted: sum('ordersaga_sagas_halted_total'),
    refused: sum('ordersaga_admission_refused_total'),
  };
}

/** Sum over all series of a metric whose labels contain `labels`. */
function sumOf(text: string, name: string, labels: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/^[{ ]/.test(line.slice(name.length)) || !line.includes(labels)) continue;
    sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}
