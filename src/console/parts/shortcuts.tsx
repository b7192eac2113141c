import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { go, hrefOf } from '../place.ts';
import type { View } from '../views.ts';
import { Dialog } from './dialog.tsx';

/** Single keys, except where text is typed or a question is open; `?` lists them. */
export function Shortcuts({ views }: { readonly views: readonly View[] }) {
  const [isHelpOpen, setHelp] = useState(false);
  const afterG = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = views.find(({ key }) => key === event.key);
      if (afterG.current && target !== undefined) {
        event.preventDefault();
        go(hrefOf(target.path));
      } else if (event.key === '/') {
        event.preventDefault();
        document.getElementById('search')?.focus();
      } else if (event.key === '?') setHelp(true);
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
      afterG.current = event.key === 'g';
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
  if (!isHelpOpen) return null;
  return <Help views={views} onClose={() => setHelp(false)} />;
}

const isTyping = (target: EventTarget | null): boolean =>
  document.querySelector('dialog[open]') !== null ||
  (target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Rows are links, marked with `data-row`. */
function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

const Help = ({ views, onClose }: { readonly views: readonly View[]; readonly onClose: () => void }) => (
  <Dialog title="Keys" onClose={onClose}>
    <dl class="keys">
      {views.map(({ name, key }) => (
        <Key key={key} keys={['g', key]} about={name} />
      ))}
      <Key keys={['/']} about="Search" />
      <Key keys={['j', 'k']} about="Next and previous row" />
      <Key keys={['←', '→']} about="Along a lane of the timeline" />
      <Key keys={['?']} about="This list" />
    </dl>
  </Dialog>
);

const Key = ({ keys, about }: { readonly keys: readonly string[]; readonly about: string }) => (
  <div>
    <dt>
      {keys.map((key, index) => (
        <Fragment key={key}>
          {index > 0 && ' '}
          <kbd>{key}</kbd>
        </Fragment>
      ))}
    </dt>
    <dd>{about}</dd>
  </div>
);
