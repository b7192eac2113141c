import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { CallerAnswer } from '../../contract/caller.ts';
import type { ConsoleSettings } from '../../contract/console-settings.ts';
import type { OverviewAnswer } from '../../contract/overview.ts';
import { LiveContext, useAsked } from '../live.ts';
import { hrefOf } from '../place.ts';
import { getTheme, setTheme, setToken, type Theme } from '../session.ts';
import { StandingContext } from '../standing.ts';
import type { EngineSwitch } from '../switch-engine.ts';
import { type View, views } from '../views.ts';
import { Icon } from './icon.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { Pauses } from './pauses.tsx';
import { Search } from './search.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { TokenQuestion } from './token-question.tsx';

/** The frame around every view: where one can go, who is looking, whether the page is live, and what is held back. */
export function Shell({ path, children }: { readonly path: string; readonly children: ComponentChildren }) {
  const { value: settings } = useAsked<ConsoleSettings>('/console/settings.json');
  const { value: overview, reload } = useAsked<OverviewAnswer>('/overview', { everyMs: 5_000 });
  const { value: caller } = useAsked<CallerAnswer>('/caller');
  const [decision, askToSwitch] = useState<EngineSwitch>();
  const shown = views.filter((view) => view.path !== '/try' || settings?.demo === true);
  const halted = overview?.counts.halted ?? 0;
  useTitle(path, halted);
  useFocusOnArrival(path);
  return (
    <StandingContext.Provider value={{ overview, caller, settings, reload, askToSwitch }}>
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
            {shown.map((view) => (
              <ViewLink
                key={view.path}
                view={view}
                path={path}
                waiting={view.path === '/inbox' ? halted : 0}
              />
            ))}
          </nav>
          <footer class="side-foot">
            {caller?.name !== undefined && <Who name={caller.name} />}
            <Connection />
            <ThemeChoice />
            <span class="muted version">{settings?.version}</span>
          </footer>
        </header>
        <main id="content" tabIndex={-1}>
          <TokenQuestion />
          <Pauses />
          {children}
        </main>
        {decision && <PauseDialog decision={decision} onClose={() => askToSwitch(undefined)} />}
        <Shortcuts views={shown} />
      </div>
    </StandingContext.Provider>
  );
}

function useTitle(path: string, halted: number): void {
  useEffect(() => {
    const view = views.find((one) => one.path === path)?.name ?? 'Saga';
    document.title = `${halted > 0 ? `(${halted}) ` : ''}${view} · ordersaga`;
  }, [path, halted]);
}

/** Keyboard and screen-reader users continue in the new view, not at the link that led there. */
function useFocusOnArrival(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [path]);
}

const ViewLink = ({
  view: { path: target, name, icon, key },
  path,
  waiting,
}: {
  readonly view: View;
  /** Where the page is. */
  readonly path: string;
  readonly waiting: number;
}) => {
  const isHere = target === '/' ? path === '/' : path.startsWith(target);
  return (
    <a href={hrefOf(target)} title={`g then ${key}`} {...(isHere && { 'aria-current': 'page' as const })}>
      <Icon name={icon} />
      {name}
      {waiting > 0 && (
        <span class="count">
          {waiting}
          <span class="visually-hidden"> waiting</span>
        </span>
      )}
    </a>
  );
};

/** Whose token this tab uses. */
const Who = ({ name }: { readonly name: string }) => (
  <span class="who">
    <Icon name="person" />
    <span class="clip" title={name}>
      {name}
    </span>
    <button
      type="button"
      class="quiet small"
      aria-label="Forget the token"
      title="Forget the token"
      onClick={() => {
        setToken('');
        window.location.reload();
      }}
    >
      <Icon name="close" />
    </button>
  </span>
);

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
