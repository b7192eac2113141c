import { expect, it } from 'vitest';
import { z } from 'zod';
import type { AnswerOf, RequestOf } from '../../../src/services/gateway/agreement.ts';

// The compiler makes these checks; each line below an expected error would fail `tsc` if the difference went unseen.

const schema = z.object({
  id: z.string(),
  status: z.enum(['open', 'done']),
  next: z.string().optional(),
  rows: z.array(z.object({ amount: z.number(), note: z.string().optional() })),
  counts: z.record(z.enum(['a', 'b']), z.int()),
});
type Schema = z.infer<typeof schema>;

type Row = { readonly amount: number; readonly note?: string };
type Contract = {
  readonly id: string;
  readonly status: 'open' | 'done';
  readonly next?: string;
  readonly rows: readonly Row[];
  readonly counts: Readonly<Record<'a' | 'b', number>>;
};

type With<T> = Omit<Contract, keyof T> & T;

it('takes a contract that says what the schema says, member by member', () => {
  const answer: AnswerOf<Contract, Schema> = { id: '1', status: 'open', rows: [], counts: { a: 1, b: 2 } };
  const request: RequestOf<Contract, Schema> = schema.parse(answer);
  expect(request).toEqual(answer);
});

it('refuses every difference, in either direction', () => {
  const found: [
    // @ts-expect-error the schema never sends null
    AnswerOf<With<{ next?: string | null }>, Schema>?,
    // @ts-expect-error the schema may leave it out
    AnswerOf<With<{ next: string }>, Schema>?,
    // @ts-expect-error the schema always sends it
    AnswerOf<With<{ id?: string }>, Schema>?,
    // @ts-expect-error the schema does not know it
    AnswerOf<With<{ more: string }>, Schema>?,
    // @ts-expect-error the schema does not know it, and a client would wait for it in vain
    AnswerOf<With<{ more?: string }>, Schema>?,
    // @ts-expect-error clients are not told of it
    AnswerOf<Omit<Contract, 'next'>, Schema>?,
    // @ts-expect-error the schema has fewer words
    AnswerOf<With<{ status: 'open' | 'done' | 'lost' }>, Schema>?,
    // @ts-expect-error the schema has more words
    AnswerOf<With<{ status: 'open' }>, Schema>?,
    // @ts-expect-error deep inside, the schema may leave it out
    AnswerOf<With<{ rows: readonly { amount: number; note: string }[] }>, Schema>?,
    // @ts-expect-error deep inside, the schema does not know it
    AnswerOf<With<{ rows: readonly (Row & { more?: string })[] }>, Schema>?,
    // @ts-expect-error the schema has fewer keys
    AnswerOf<With<{ counts: Record<'a' | 'b' | 'c', number> }>, Schema>?,
    // @ts-expect-error of requests, too
    RequestOf<With<{ id?: string }>, Schema>?,
  ] = [];
  expect(found).toEqual([]);
});
