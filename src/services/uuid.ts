const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in lower case, as it is stored; undefined when it is not a UUID and so cannot be the id of anything. */
export const parseUuid = (text: string): string | undefined =>
  pattern.test(text) ? text.toLowerCase() : undefined;
