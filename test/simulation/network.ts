import { create, type DescMethod } from '@bufbuild/protobuf';
import { Metadata } from 'nice-grpc-common';
import type { RpcCallOptions, RpcHealthStatus } from '../../src/rpc/rpc-client.ts';
import type { SimulatedParticipant } from './participant-process.ts';
import type { Fault, Method, ParticipantName } from './plan.ts';
import { momentOfCall } from './plan.ts';
import { orderNumber } from './saga-id.ts';
import { never, type SimulatedProcess } from './simulated-process.ts';
import { checkPauses, type World } from './world.ts';

export type Network = {
  /** What one life of a gateway calls the participants with. */
  connectionsOf(process: SimulatedProcess): Parameters<World['system']['createParticipants']>[0];
  /** Messages that have not arrived yet. */
  underWay(): number;
};

type Settlement = { readonly value: unknown } | { readonly error: unknown };

type Sent = {
  readonly participant: SimulatedParticipant;
  readonly method: DescMethod;
  readonly request: { readonly orderId?: string };
  readonly options: RpcCallOptions;
  readonly order: number;
  readonly nth: number;
  readonly fault: Extract<Fault, { kind: 'call' }> | undefined;
  /** Tells the caller, once, in its own process. */
  settle(settlement: Settlement, delayMs: number): void;
  readonly abandoned: AbortController;
};

/** What lies between the gateway and the participants: the place of gRPC, its deadlines included. */
export function createNetwork(
  world: World,
  participants: ReadonlyMap<ParticipantName, SimulatedParticipant>,
): Network {
  const { scheduler, system } = world;
  const { RpcError } = system.rpcError;
  const counts = new Map<string, number>();
  const fences = new Map<string, number>();
  const partitions = world.faultsOf('partition');
  const callFaults = new Map(
    world.faultsOf('call').map((fault) => [`${fault.order} ${fault.method} ${fault.nth}`, fault]),
  );
  let underWay = 0;
  let checks = 0;
  let healed = false;
  const disarm = world.disarm;
  world.disarm = () => {
    healed = true;
    disarm();
  };

  const isCut = ({ name }: SimulatedParticipant): boolean =>
    !healed &&
    partitions.some(
      ({ participant, fromMs, toMs }) =>
        participant === name && fromMs <= scheduler.now() && scheduler.now() < toMs,
    );

  function travel(delayMs: number, arrive: () => void): void {
    underWay += 1;
    scheduler.at(scheduler.now() + delayMs, () => {
      underWay -= 1;
      arrive();
    });
  }

  function send(
    process: SimulatedProcess,
    participant: SimulatedParticipant,
    method: DescMethod,
    request: Sent['request'],
    options: RpcCallOptions,
  ) {
    if (process.isDead()) return never();
    checkPauses(world, process.name, participant.name);
    const order = orderNumber(request.orderId ?? '');
    const nth = (counts.get(`${order} ${method.localName}`) ?? 0) + 1;
    counts.set(`${order} ${method.localName}`, nth);
    world.reach(momentOfCall({ order, method: method.localName, nth, phase: 'sent' }));
    if (process.isDead()) return never();
    const fault = healed ? undefined : callFaults.get(`${order} ${method.localName} ${nth}`);
    const name = `${method.localName} ${order} ${nth}`;
    world.tell(
      () =>
        `${process.name} → ${participant.name}: ${method.localName} ${request.orderId}, epoch ${options.metadata?.epoch}${fault ? ` [${fault.effect} ${fault.ms}]` : ''}`,
    );
    if (fault) world.count(`call ${fault.effect}`);
    return new Promise<unknown>((resolve, reject) => {
      let settled = false;
      const abandoned = new AbortController();
      const settle: Sent['settle'] = (settlement, delayMs) =>
        process.after(delayMs, () => {
          if (settled) return 'idle';
          settled = true;
          world.tell(
            () =>
              `${process.name} ← ${participant.name}: ${method.localName} ${request.orderId}: ${told(settlement)}`,
          );
          if ('value' in settlement) resolve(settlement.value);
          else reject(settlement.error);
          return undefined;
        });
      const timeoutMs = options.timeoutMs ?? 5_000;
      process.after(timeoutMs, () => {
        if (settled) return 'idle';
        settle({ error: new RpcError('DEADLINE_EXCEEDED', 'no reply in time') }, 0);
        abandoned.abort(gaveUp);
        return undefined;
      });
      route({ participant, method, request, options, order, nth, fault, settle, abandoned }, name);
      world.reach(momentOfCall({ order, method: method.localName, nth, phase: 'left' }));
    });
  }

  /** A health check: the answer says what was true a moment before it comes. */
  function reach(process: SimulatedProcess, participant: SimulatedParticipant): Promise<RpcHealthStatus> {
    if (process.isDead()) return never();
    checks += 1;
    const name = `check ${participant.name} ${checks}`;
    return new Promise((resolve) => {
      travel(world.latencyMs(name, 'network'), () => {
        const status = participant.isUp() && !isCut(participant) ? 'serving' : 'unreachable';
        process.after(world.latencyMs(`${name} back`, 'network'), () => resolve(status));
      });
    });
  }

  function route(sent: Sent, name: string): void {
    const { participant, fault, settle } = sent;
    const thereMs = world.latencyMs(name, 'network');
    const backMs = world.latencyMs(`${name} back`, 'network');
    const fail = (...error: ConstructorParameters<typeof RpcError>): void =>
      settle({ error: new RpcError(...error) }, backMs);
    if (isCut(participant)) {
      world.count(`call into a partition: ${participant.name}`);
      return;
    }
    if (!participant.isUp() || fault?.effect === 'refuse') {
      fail('UNAVAILABLE', 'No connection established', { neverSent: true });
      return;
    }
    switch (fault?.effect) {
      case 'loseRequest':
        break;
      case 'breakBefore':
        fail('UNAVAILABLE', 'Connection dropped');
        break;
      case 'busy':
        fail('RESOURCE_EXHAUSTED', 'too many calls are waiting; nothing was done');
        break;
      case 'invalid':
        fail('INVALID_ARGUMENT', 'a fault of ours');
        break;
      case 'duplicate':
        travel(thereMs, () => arrive(sent, name, 'first'));
        travel(thereMs + fault.ms, () => arrive(sent, name, 'repeated'));
        break;
      case 'delayRequest':
        travel(thereMs + fault.ms, () => arrive(sent, name, 'first'));
        break;
      default:
        travel(thereMs, () => arrive(sent, name, 'first'));
    }
  }

  function arrive(sent: Sent, name: string, copy: 'first' | 'repeated'): void {
    const { participant, method, request, options, order, nth, fault, settle } = sent;
    world.reach(momentOfCall({ order, method: method.localName, nth, phase: 'arrived' }));
    const backMs = world.latencyMs(`${name} back`, 'network');
    if (isCut(participant)) return;
    // A message that outlived its caller is handled all the same: the network may hold it back for ever.
    const late = sent.abandoned.signal.aborted || copy === 'repeated';
    if (late) world.count('late or repeated request handled');
    const patience = late ? patienceOf(60_000) : sent.abandoned;
    const metadata = Metadata(system.metadata.textFromCall(options.metadata ?? {}));
    const handled = participant.handle(method, create(method.input, request), {
      metadata,
      signal: patience.signal,
    });
    if (handled === undefined) {
      settle({ error: new RpcError('UNAVAILABLE', 'Connection dropped') }, backMs);
      return;
    }
    underWay += 1;
    let alive = true;
    const forget = participant.onCrash(() => {
      alive = false;
      underWay -= 1;
      patience.abort(gaveUp);
      settle({ error: new RpcError('UNAVAILABLE', 'Connection dropped') }, backMs);
    });
    const answered = (settlement: Settlement): void => {
      if (!alive) return;
      forget();
      underWay -= 1;
      world.reach(momentOfCall({ order, method: method.localName, nth, phase: 'handled' }));
      if (!alive || isCut(participant) || copy === 'repeated') return;
      note(world, method, settlement);
      checkFence(participant, method, sent, settlement);
      if (fault?.effect === 'loseReply') return;
      const broken = fault?.effect === 'breakAfter';
      const told = broken ? { error: new RpcError('UNAVAILABLE', 'Connection dropped') } : settlement;
      settle(told, backMs + (fault?.effect === 'delayReply' ? fault.ms : 0));
    };
    handled.then(
      (init) => answered({ value: create(method.output, init as Record<string, unknown>) }),
      (error: unknown) => answered({ error: clientError(error) }),
    );
  }

  /** A participant that has served a driver must not serve one with a lower epoch afterwards. */
  function checkFence(
    { name }: SimulatedParticipant,
    { localName }: DescMethod,
    { request, options }: Sent,
    settlement: Settlement,
  ): void {
    if (!isServed(settlement) || request.orderId === undefined) return;
    const key = `${name} ${request.orderId}`;
    const newest = fences.get(key) ?? 0;
    const epoch = options.metadata?.epoch ?? 0;
    fences.set(key, Math.max(newest, epoch));
    if (epoch >= newest) return;
    const message = `${name} served ${localName} of ${request.orderId} with epoch ${epoch} after epoch ${newest}`;
    world.violations.push({ invariant: 'I8', orderId: request.orderId, message });
  }

  function patienceOf(limitMs: number): AbortController {
    const patience = new AbortController();
    scheduler.at(scheduler.now() + limitMs, () => patience.abort(gaveUp));
    return patience;
  }

  /** What gRPC makes of an error that a handler threw. */
  function clientError(thrown: unknown): unknown {
    if (!(thrown instanceof system.serverError.RpcServerError)) {
      // The participants catch what their disk does; anything else is a bug of theirs.
      world.errors.push(`a participant failed: ${String(thrown)}`);
      return new RpcError('INTERNAL', `internal error: ${String(thrown)}`);
    }
    const { code, message, reason, fieldViolations } = thrown;
    return new RpcError(code, message, {
      details: { fieldViolations, ...(reason !== undefined && { reason }) },
    });
  }

  return {
    underWay: () => underWay,
    connectionsOf(process) {
      const connections = [...participants].map(([name, participant]) => {
        const calls = participant.service.methods.map((method) => [
          method.localName as Method,
          (request: Sent['request'], options: RpcCallOptions = {}) =>
            send(process, participant, method, request, options),
        ]);
        const checkHealth = () => reach(process, participant);
        return [name, { client: Object.fromEntries(calls), checkHealth }];
      });
      return Object.fromEntries(connections);
    },
  };
}

/** One for all: an abort without a reason makes an exception with a stack each time. */
const gaveUp = new Error('nobody waits any more');

/** Whether a write took effect, now or before. */
function isServed(settlement: Settlement): boolean {
  if (!('value' in settlement)) return false;
  const { result } = settlement.value as { readonly result?: { readonly case?: string } };
  return result?.case !== undefined && result.case !== 'refusal';
}

function note(world: World, { localName }: DescMethod, settlement: Settlement): void {
  if ('error' in settlement) {
    const { reason } = settlement.error as { reason?: string };
    if (reason === 'STALE_EPOCH') world.count('stale epoch refused');
    return;
  }
  const { result } = settlement.value as { result?: { case?: string; value?: { code?: string } } };
  if (result?.case !== 'refusal') return;
  world.count(result.value?.code === 'already_compensated' ? 'tombstone met' : `refused: ${localName}`);
}

function told(settlement: Settlement): string {
  if ('error' in settlement) {
    const { code, message } = settlement.error as { code?: string; message?: string };
    return `${code}: ${message}`;
  }
  const { result } = settlement.value as { result?: { case?: string; value?: { code?: string } } };
  return result?.case === 'refusal' ? `refused, ${result.value?.code}` : (result?.case ?? 'answered');
}
