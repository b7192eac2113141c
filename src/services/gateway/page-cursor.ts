import { parseUuid } from './uuid.ts';

/** The opaque text that asks for the sagas after this one. */
export const cursorFromId = (id: string): string => Buffer.from(id).toString('base64url');

/** @returns undefined for text that no page handed out */
export const idFromCursor = (cursor: string): string | undefined =>
  parseUuid(Buffer.from(cursor, 'base64url').toString());
