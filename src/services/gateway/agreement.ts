// What clients read in `src/contract`, and what the gateway documents and checks with zod, has to be the same. Where the
// two differ, be it in one member or in whether it may be absent, these types do not compile; `differ` then names the
// outermost members.

/** The type of an answer: the contract's. `_Schema` is what its zod schema describes. */
export type AnswerOf<Contract, _Schema extends Agreement<Contract, _Schema>> = Contract;

/** The type of a request: the schema's, as it comes out of the parser. */
export type RequestOf<Contract, Schema extends Agreement<Contract, Schema>> = Schema;

/** `unknown`, which everything satisfies, when both say the same. */
type Agreement<Contract, Schema> = [Spelled<Contract>, Spelled<Schema>] extends [
  Spelled<Schema>,
  Spelled<Contract>,
]
  ? unknown
  : { readonly differ: Differing<Spelled<Contract>, Spelled<Schema>> };

/** Stands for "may be absent". */
type Absent = { readonly absent: true };

/** A type with every member required and read-only; those that were optional may be `Absent` instead. */
type Spelled<T> = T extends object
  ? {
      readonly [K in keyof T]-?:
        | Spelled<Exclude<T[K], undefined>>
        | (Record<never, never> extends Pick<T, K> ? Absent : never);
    }
  : T;

type Differing<A, B> = {
  [K in keyof A | keyof B]: K extends keyof A & keyof B ? ([A[K], B[K]] extends [B[K], A[K]] ? never : K) : K;
}[keyof A | keyof B];
