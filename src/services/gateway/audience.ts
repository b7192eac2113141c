import { type Caller, mayDo } from './caller.ts';

/**
 * Who looks at a saga. `public` is what a customer's application may see: codes, but no messages, names or reasons
 * that were written for operators.
 */
export type Audience = 'operator' | 'public';

/** An order's saga is shown to whoever may read the order, in full only to those who may read sagas. */
export const audienceOf = (caller: Caller): Audience => (mayDo(caller, 'sagas:read') ? 'operator' : 'public');
