import { moduleBeside } from '../../stores/module-beside.ts';
import { type ParticipantOptions, type RunningParticipant, startParticipant } from '../participant-server.ts';
import type { PaymentOperations } from './payment-store.ts';
import type { PaymentProcessor } from './processor.ts';
import { createPaymentService } from './service.ts';
import { createSimulatedProcessor } from './simulated-processor.ts';

/** How to start the payment service. */
export type PaymentOptions = ParticipantOptions & {
  /** Who takes and gives back the money. Default: the simulated one, with its test customers. */
  readonly processor?: PaymentProcessor;
  /** Largest amount, in minor units of a currency, that the simulated processor approves. Default 50 000 of any. */
  readonly limitMinorOf?: (currency: string) => number;
  /** How long one attempt waits for the processor, unless its caller gives up before. Default 10 000. */
  readonly processorTimeoutMs?: number;
};

/** Starts the payment service on its own port with its own database. */
export function startPayment(options: PaymentOptions): Promise<RunningParticipant> {
  const { limitMinorOf, processorTimeoutMs = 10_000 } = options;
  const simulated = createSimulatedProcessor(limitMinorOf && { limitMinorOf });
  const { processor = simulated } = options;
  const losesReplyTo = (customerId: string): boolean =>
    processor === simulated && simulated.losesReplyTo(customerId);
  return startParticipant<PaymentOperations>(
    {
      name: 'payment',
      program: moduleBeside('payment-store', import.meta.url),
      createService: (deps) => createPaymentService({ ...deps, processor, processorTimeoutMs, losesReplyTo }),
    },
    options,
  );
}
