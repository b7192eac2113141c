import { render } from 'preact';
import { LiveContext, useLiveStream } from './live.ts';
import { Empty } from './parts/notice.tsx';
import { Shell } from './parts/shell.tsx';
import { followLinks, hrefOf, usePlace } from './place.ts';
import { applyTheme } from './session.ts';
import './styles/all.css';
import { InboxView } from './views/inbox.tsx';
import { OverviewView } from './views/overview.tsx';
import { SagaView } from './views/saga.tsx';
import { SagasView } from './views/sagas.tsx';
import { ServicesView } from './views/services.tsx';
import { StockView } from './views/stock.tsx';
import { TryView } from './views/try.tsx';

function Console() {
  const { path, query } = usePlace();
  const live = useLiveStream();
  return (
    <LiveContext.Provider value={live}>
      <Shell path={path}>
        <View path={path} query={query} />
      </Shell>
    </LiveContext.Provider>
  );
}

function View({ path, query }: { readonly path: string; readonly query: URLSearchParams }) {
  switch (path) {
    case '/':
      return <OverviewView />;
    case '/sagas':
      return <SagasView query={query} />;
    case '/inbox':
      return <InboxView />;
    case '/try':
      return <TryView />;
    case '/stock':
      return <StockView />;
    case '/services':
      return <ServicesView />;
  }
  const [, id] = /^\/sagas\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return <SagaView key={id} id={id} />;
  return (
    <Empty title="There is no such view.">
      <a href={hrefOf('/')}>To the overview</a>
    </Empty>
  );
}

applyTheme();
document.addEventListener('click', followLinks);
const root = document.getElementById('root');
if (root !== null) {
  root.replaceChildren();
  render(<Console />, root);
}
