/** Data that survives a round trip through the saga log unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
