import type { PauseAnswer } from '../../contract/engine.ts';
import type { ServiceAnswer, ServicesAnswer } from '../../contract/overview.ts';
import { useAsked } from '../live.ts';
import { Icon } from '../parts/icon.tsx';
import { Failure, Waiting } from '../parts/notice.tsx';
import { OnlyFor } from '../parts/only-for.tsx';
import { SwitchButton } from '../parts/pauses.tsx';
import { useStanding } from '../standing.ts';
import { countText, durationText, percentText, plural } from '../words.ts';

const healthWords = { serving: 'Serving', notServing: 'Not serving', unreachable: 'Unreachable' } as const;
const breakerWords = {
  closed: 'Calls pass',
  open: 'Calls are held back',
  'half-open': 'One call is let through to see',
} as const;

const about: Readonly<Record<string, string>> = {
  gateway: 'HTTP, the saga log and the engine',
  order: 'Records, confirms and cancels orders',
  inventory: 'Reserves stock and gives it back',
  payment: 'Charges and refunds',
};

/** Who takes part, whether they answer, and how fast. */
export function ServicesView() {
  const { value, error } = useAsked<ServicesAnswer>('/services', { everyMs: 2_000 });
  return (
    <>
      <h1>Services</h1>
      <Failure error={error} />
      <EngineBar />
      {value === undefined && error === undefined && <Waiting lines={6} />}
      <div class="services">
        {value?.services.map((service) => (
          <Service key={service.name} service={service} />
        ))}
      </div>
      {value && (
        <p class="muted">
          Calls of sagas in the last {durationText(value.window_ms)}, as this gateway saw them.
        </p>
      )}
    </>
  );
}

/** Whether the engine lets calls leave, and the switch for all of them. */
const EngineBar = () => {
  const engine = useStanding().overview?.engine;
  if (engine === undefined) return <Waiting lines={1} />;
  const isPaused = isHeld(engine.pauses, undefined);
  return (
    <section class="panel engine" aria-label="Engine">
      <p>
        <b>{isPaused ? 'All calls are held back.' : 'The engine lets calls leave.'}</b>{' '}
        <span class="muted">
          {countText(engine.live)} of at most {plural(engine.max_live, 'live saga')};{' '}
          {engine.accepting ? 'orders are accepted.' : 'orders are refused.'}
        </span>
      </p>
      <OnlyFor scope="sagas:operate">
        <SwitchButton decision={{ verb: isPaused ? 'resume' : 'pause' }} />
      </OnlyFor>
    </section>
  );
};

const isHeld = (pauses: readonly PauseAnswer[], name: string | undefined): boolean =>
  pauses.some(({ participant }) => participant === name);

const Service = ({ service }: { readonly service: ServiceAnswer }) => {
  const { calls = 0, failed = 0 } = service;
  const isPaused = isHeld(useStanding().overview?.engine.pauses ?? [], service.name);
  const isWell = service.health === 'serving' && (service.breaker ?? 'closed') === 'closed';
  return (
    <section class={`service ${isWell ? 'well' : 'unwell'}`} aria-label={service.name}>
      <header>
        <h2>{service.name}</h2>
        <span class={`badge ${service.health === 'serving' ? 'status-completed' : 'status-halted'}`}>
          <Icon name={service.health === 'serving' ? 'completed' : 'warning'} />
          {healthWords[service.health]}
        </span>
      </header>
      <p class="muted service-about">{about[service.name]}</p>
      <dl class="facts">
        {service.breaker && (
          <div>
            <dt>Breaker</dt>
            <dd class={service.breaker === 'closed' ? '' : 'tone-bad'}>{breakerWords[service.breaker]}</dd>
          </div>
        )}
        {service.calls !== undefined && (
          <>
            <div>
              <dt>Calls</dt>
              <dd>{countText(calls)}</dd>
            </div>
            <div>
              <dt>Unanswered</dt>
              <dd class={failed > 0 ? 'tone-bad' : ''}>
                {failed === 0 ? 'none' : `${countText(failed)} (${percentText(failed / calls)})`}
              </dd>
            </div>
            <div>
              <dt>Half within</dt>
              <dd>{service.p50_ms === undefined ? '–' : durationText(service.p50_ms)}</dd>
            </div>
            <div>
              <dt>99 % within</dt>
              <dd>{service.p99_ms === undefined ? '–' : durationText(service.p99_ms)}</dd>
            </div>
          </>
        )}
        {service.address !== undefined && (
          <div>
            <dt>Address</dt>
            <dd>
              <code>{service.address}</code>
            </dd>
          </div>
        )}
        <div>
          <dt>Version</dt>
          <dd>{service.version ?? 'runs elsewhere'}</dd>
        </div>
      </dl>
      {service.name !== 'gateway' && (
        <p class="service-foot">
          {isPaused && <span class="tone-warn">Calls are held back</span>}
          <SwitchButton decision={{ verb: isPaused ? 'resume' : 'pause', participant: service.name }} />
        </p>
      )}
    </section>
  );
};
