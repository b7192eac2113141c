/** Ids of the simulation say which planned order they belong to: `o2.1` is the first saga made for order 2. */
export const sagaIdFor = (order: number, nth: number): string => `o${order}.${nth}`;

/** The planned order of a saga id. */
export const orderNumber = (sagaId: string): number => Number.parseInt(sagaId.slice(1), 10);
