import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Overview } from '../answers.ts';
import { onTokenWanted } from '../api.ts';
import { LiveContext, SettingsContext, useAsked } from '../live.ts';
import { go, hrefOf } from '../place.ts';
import { getTheme, setTheme, setToken, type Theme } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { Icon, type IconName } from './icon.tsx';

type Entry = { readonly path: string; readonly name: string; readonly icon: IconName; readonly key: string };

const entries: readonly Entry[] = [
  { path: '/', name: 'Overview', icon: 'overview', key: 'o' },
  { path: '/sagas', name: 'Sagas', icon: 'sagas', key: 's' },
  { path: '/inbox', name: 'Inbox', icon: 'inbox', key: 'i' },
  { path: '/try', name: 'Try it', icon: 'try', key: 't' },
  { path: '/stock', name: 'Stock', icon: 'stock', key: 'k' },
  { path: '/services', name: 'Services', icon: 'services', key: 'v' },
];

/** The frame around every view: where one can go, whether the page is live, and the token when one is asked for. */
export function Shell({ path, children }: { readonly path: string; readonly children: ComponentChildren }) {
  const { demo, version } = useContext(SettingsContext);
  const { value: overview } = useAsked<Overview>('/overview', { everyMs: 5_000 });
  const [help, setHelp] = useState(false);
  const shown = entries.filter((entry) => demo || entry.path !== '/try');
  useShortcuts(shown, () => setHelp(true));
  const halted = overview?.counts.halted ?? 0;
  useEffect(() => {
    const view = entries.find((entry) => entry.path === path)?.name ?? 'Saga';
    document.title = `${halted > 0 ? `(${halted}) ` : ''}${view} · ordersaga`;
  }, [path, halted]);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href={hrefOf('/')}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <path d="M7 12h15l-4-4M25 20H10l4 4" />
          </svg>
          ordersaga
        </a>
        <Search />
        <nav aria-label="Views">
          {shown.map(({ path: target, name, icon, key }) => {
            const isHere = target === '/' ? path === '/' : path.startsWith(target);
            return (
              <a
                key={target}
                href={hrefOf(target)}
                title={`g then ${key}`}
                {...(isHere && { 'aria-current': 'page' as const })}
              >
                <Icon name={icon} />
                {name}
                {target === '/inbox' && halted > 0 && (
                  <span class="count">
                    {halted}
                    <span class="visually-hidden"> waiting</span>
                  </span>
                )}
              </a>
            );
          })}
        </nav>
        <footer class="side-foot">
          <Connection />
          <ThemeChoice />
          <span class="muted version">{version}</span>
        </footer>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <TokenQuestion />
      {help && <Help entries={shown} onClose={() => setHelp(false)} />}
    </div>
  );
}

function Connection() {
  const { state } = useContext(LiveContext);
  const words = { connecting: 'Connecting…', live: 'Live', lost: 'Reconnecting…' }[state];
  return (
    <span class={`connection connection-${state}`} role="status">
      {words}
    </span>
  );
}

const themes: readonly Theme[] = ['system', 'light', 'dark'];

function ThemeChoice() {
  const [theme, choose] = useState(getTheme());
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => {
        setTheme(next);
        choose(next);
      }}
      title={`Colours: ${theme}; press for ${next}`}
      aria-label={`Colours: ${theme}. Switch to ${next}.`}
    >
      <Icon name="theme" />
    </button>
  );
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function Search() {
  const [text, setText] = useState('');
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (wanted === '') return;
        go(
          uuid.test(wanted)
            ? hrefOf(`/sagas/${wanted}`)
            : hrefOf('/sagas', `?q=${encodeURIComponent(wanted)}`),
        );
        setText('');
        document.getElementById('content')?.focus();
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        type="search"
        value={text}
        maxLength={128}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        placeholder="Id, customer"
        aria-label="Find sagas by id, trace id, customer or product"
      />
      <kbd>/</kbd>
    </form>
  );
}

/** Asks for a token when the gateway does; the tab forgets it when it is closed. */
function TokenQuestion() {
  const [message, setMessage] = useState<string>();
  const [token, setText] = useState('');
  useEffect(() => onTokenWanted(setMessage), []);
  if (message === undefined) return null;
  return (
    <Dialog title="Token" onClose={() => setMessage(undefined)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(token.trim());
          // Everything that was refused is asked for again.
          window.location.reload();
        }}
      >
        <p>{message} It is kept in this tab only, until you close it.</p>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            autofocus
          />
        </label>
        <footer class="dialog-foot">
          <button type="submit" class="primary">
            Use it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

const Help = ({
  entries: shown,
  onClose,
}: {
  readonly entries: readonly Entry[];
  readonly onClose: () => void;
}) => (
  <Dialog title="Keys" onClose={onClose}>
    <dl class="keys">
      {shown.map(({ name, key }) => (
        <div key={key}>
          <dt>
            <kbd>g</kbd> <kbd>{key}</kbd>
          </dt>
          <dd>{name}</dd>
        </div>
      ))}
      <div>
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>Search</dd>
      </div>
      <div>
        <dt>
          <kbd>j</kbd> <kbd>k</kbd>
        </dt>
        <dd>Next and previous row</dd>
      </div>
      <div>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This list</dd>
      </div>
    </dl>
  </Dialog>
);

/** Single keys, except where text is typed or a question is open. */
function useShortcuts(shown: readonly Entry[], onHelp: () => void): void {
  const afterG = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = shown.find(({ key }) => key === event.key);
      if (afterG.current && target !== undefined) {
        event.preventDefault();
        go(hrefOf(target.path));
      } else if (event.key === '/') {
        event.preventDefault();
        document.getElementById('search')?.focus();
      } else if (event.key === '?') onHelp();
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
      afterG.current = event.key === 'g';
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
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
