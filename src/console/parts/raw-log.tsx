import { useEffect, useState } from 'preact/hooks';
import type { SagaAnswer } from '../../contract/sagas.ts';
import { type ChainCheck, checkChain } from '../chain-check.ts';
import { clockText, dateText, plural } from '../words.ts';
import { Icon } from './icon.tsx';

/** Every row of the log, and whether the chain of hashes holds. */
export function RawLog({ saga }: { readonly saga: SagaAnswer }) {
  const [check, setCheck] = useState<ChainCheck>();
  useEffect(() => {
    let isCurrent = true;
    checkChain(saga.id, saga.events).then(
      (found) => isCurrent && setCheck(found),
      () => isCurrent && setCheck(undefined),
    );
    return () => {
      isCurrent = false;
    };
  }, [saga]);
  return (
    <section aria-labelledby="log">
      <h2 id="log">Log</h2>
      {saga.events.length === 0 ? (
        <p class="tone-bad">Not a row of it can be read.</p>
      ) : (
        <Verdict check={check} />
      )}
      <div class="table-frame">
        <table class="log">
          <caption class="visually-hidden">Events of the saga as they were logged</caption>
          <thead>
            <tr>
              <th scope="col" class="number">
                Seq
              </th>
              <th scope="col">At</th>
              <th scope="col">Event</th>
              <th scope="col" class="mid-only">
                Step
              </th>
              <th scope="col" class="number wide-only">
                Epoch
              </th>
              <th scope="col" class="mid-only">
                Hash
              </th>
            </tr>
          </thead>
          <tbody>
            {saga.events.map((row) => (
              <tr key={row.seq}>
                <td class="number">{row.seq}</td>
                <td title={dateText(row.at)}>{clockText(row.at)}</td>
                <td>
                  <details>
                    <summary>{row.type}</summary>
                    <pre>{JSON.stringify(row.data, undefined, 2)}</pre>
                  </details>
                </td>
                <td class="mid-only">{row.step ?? ''}</td>
                <td class="number wide-only">{row.epoch}</td>
                <td class="mid-only">
                  <code title={row.hash}>{row.hash.slice(0, 10)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const Verdict = ({ check }: { readonly check: ChainCheck | undefined }) => {
  if (check === undefined) return <p class="muted">Checking the hashes…</p>;
  switch (check.kind) {
    case 'whole':
      return (
        <p class="tone-good">
          <Icon name="completed" /> {plural(check.rows, 'hash', 'hashes')} computed again, all match.
        </p>
      );
    case 'linked':
      return (
        <p class="muted">
          {plural(check.rows, 'row')}, each names the hash of the one before. Computing them again needs HTTPS
          here, or: ordersaga verify.
        </p>
      );
    case 'broken':
      return (
        <p class="tone-bad" role="alert">
          <Icon name="warning" /> The log was changed after it was written: {check.why}.
        </p>
      );
  }
};
