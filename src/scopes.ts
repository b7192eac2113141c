/** What a token may allow. Health, `/openapi.json` and `/docs` need none of these. */
export const scopes = [
  'orders:read',
  'orders:write',
  'sagas:read',
  'sagas:operate',
  'stock:read',
  'stock:write',
  'metrics:read',
] as const;

export type Scope = (typeof scopes)[number];
