/**
 * What this tab remembers. The token lives in the tab's session storage and travels in a header that only this page
 * sets, never in a cookie, so no other site can make the browser use it.
 */
const keys = { token: 'ordersaga.token', operator: 'ordersaga.operator', theme: 'ordersaga.theme' } as const;

// Storage can be disabled; values then last as long as the page is open.
const memory = new Map<string, string>();

function read(storage: () => Storage, key: string): string {
  try {
    return storage().getItem(key) ?? '';
  } catch {
    return memory.get(key) ?? '';
  }
}

function write(storage: () => Storage, key: string, value: string): void {
  memory.set(key, value);
  try {
    storage().setItem(key, value);
  } catch {
    // Kept in memory.
  }
}

export const getToken = (): string => read(() => sessionStorage, keys.token);
export const setToken = (token: string): void => write(() => sessionStorage, keys.token, token);

/** What the operator calls themself in the saga log; ignored by gateways that have tokens. */
export const getOperator = (): string => read(() => localStorage, keys.operator);
export const setOperator = (name: string): void => write(() => localStorage, keys.operator, name);

export type Theme = 'system' | 'light' | 'dark';

export function getTheme(): Theme {
  const theme = read(() => localStorage, keys.theme);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Remembers the theme and applies it. */
export function setTheme(theme: Theme): void {
  write(() => localStorage, keys.theme, theme);
  applyTheme();
}

export function applyTheme(): void {
  const theme = getTheme();
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
