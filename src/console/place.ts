import { useEffect, useState } from 'preact/hooks';

/** The current place in the page, as the address bar shows it, so that it can be shared. */
export type Place = { readonly path: string; readonly query: URLSearchParams };

const base = '/console';
const listeners = new Set<() => void>();

function current(): Place {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return { path: path.replace(/\/+$/, '') || '/', query: new URLSearchParams(search) };
}

/** The address of a place, for links. `path` starts with a slash. */
export const hrefOf = (path: string, query = ''): string => `${base}${path === '/' ? '' : path}${query}`;

/** Goes to an address of this page. `replace` adds no history entry, e.g. for a filter that is being typed. */
export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', href);
  else window.history.replaceState(null, '', href);
  for (const listener of listeners) listener();
}

/** Changes parameters of the address; an empty value takes one away. */
export function setQuery(
  changes: Readonly<Record<string, string>>,
  how: 'push' | 'replace' = 'replace',
): void {
  const { path, query } = current();
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(hrefOf(path, text === '' ? '' : `?${text}`), how);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(current);
  useEffect(() => {
    const update = (): void => setPlace(current());
    listeners.add(update);
    window.addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      window.removeEventListener('popstate', update);
    };
  }, []);
  return place;
}

/** Lets plain clicks on links of this page go without loading it again. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.origin !== window.location.origin) return;
  // A fragment within the view; the browser scrolls there by itself.
  if (link.hash !== '' && link.pathname === window.location.pathname) return;
  if (link.pathname !== base && !link.pathname.startsWith(`${base}/`)) return;
  event.preventDefault();
  go(link.pathname + link.search);
  window.scrollTo(0, 0);
}
