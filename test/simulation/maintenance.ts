import type { Fleet, Gateway, GatewayLife } from './gateway-process.ts';
import type { Fault, ParticipantName, Slot } from './plan.ts';

/** Somebody who holds calls back for a while, and lets them go again. */
export type Maintenance = {
  pause(fault: Extract<Fault, { kind: 'pause' }>): void;
  /** Ends every pause from now on, however often that has to be asked for. */
  endAll(): void;
};

const askAgainMs = 500;

export function createMaintenance({ world, disk }: Fleet, gateways: ReadonlyMap<Slot, Gateway>): Maintenance {
  const { scheduler } = world;
  const later = (delayMs: number, act: () => void): void => scheduler.at(scheduler.now() + delayMs, act);
  const heldAt = (wanted: ParticipantName | undefined): number =>
    disk.pauses.findIndex(({ participant, end }) => participant === wanted && end === undefined);
  const request = (participant: ParticipantName | undefined) => ({
    by: 'operator',
    reason: 'maintenance',
    ...(participant && { participant }),
  });

  /** Asks the wanted gateway, or another one that listens. */
  function ask(slot: Slot, act: (life: GatewayLife) => Promise<void>): void {
    const lives = [gateways.get(slot), ...gateways.values()].map((gateway) => gateway?.life());
    const life = lives.find((candidate) => candidate !== undefined);
    // Whoever asks hears of no failure, and looks at the disk instead.
    life?.process.after(1, () => void act(life).catch(() => {}));
  }

  function resume(slot: Slot, participant: ParticipantName | undefined): void {
    if (heldAt(participant) === -1) return;
    ask(slot, async ({ engine, process }) => {
      const { kind } = await engine.resume(request(participant));
      if (kind === 'done') world.count('pause ended');
      world.tell(() => `operator ← ${process.name}: resume ${participant ?? 'all'}: ${kind}`);
    });
    later(askAgainMs, () => resume(slot, participant));
  }

  function endAll(): void {
    for (const slot of gateways.keys()) for (const participant of scopes) resume(slot, participant);
    later(askAgainMs, endAll);
  }

  return {
    pause({ slot, participant, forMs }) {
      ask(slot, async ({ engine, process }) => {
        const { kind } = await engine.pause(request(participant));
        const index = heldAt(participant);
        // It may have been ended again before the answer came.
        if (kind !== 'done' || process.isDead() || index === -1) return;
        world.count(participant ? 'participant paused' : 'engine paused');
        world.tell(() => `operator ← ${process.name}: pause ${participant ?? 'all'}: ${kind}`);
        const isHeld = (): boolean => disk.pauses[index]?.end === undefined;
        world.paused.push({ process: process.name, participant, isHeld });
      });
      later(forMs, () => resume(slot, participant));
    },
    endAll,
  };
}

const scopes = [undefined, 'order', 'inventory', 'payment'] as const;
