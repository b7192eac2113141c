import { describe, expect, it } from 'vitest';
import { createReplyParser } from '../../src/load/reply-parser.ts';

const answer = 'HTTP/1.1 201 Created\r\nContent-Length: 5\r\nLocation: /orders/1\r\n\r\nh\u00e9llo'.slice(
  0,
  -1,
);

describe('the reply parser', () => {
  it('puts an answer together from single bytes', () => {
    const parser = createReplyParser();
    const bytes = Buffer.from(answer);
    const replies = [...bytes].map((byte) => parser.push(Buffer.from([byte])));
    expect(replies.filter((reply) => reply !== undefined)).toEqual([
      { status: 201, body: 'h\u00e9ll', closes: false },
    ]);
  });

  it('keeps what belongs to the next answer', () => {
    const parser = createReplyParser();
    const one = 'HTTP/1.1 503 Busy\r\ncontent-length: 2\r\nConnection: close\r\n\r\nno';
    expect(parser.push(Buffer.from(one + one.slice(0, 20)))).toEqual({
      status: 503,
      body: 'no',
      closes: true,
    });
    expect(parser.push(Buffer.from(one.slice(20)))).toMatchObject({ status: 503 });
  });

  it('has its own copy of what is not whole yet', () => {
    const parser = createReplyParser();
    const buffer = Buffer.from(answer);
    const half = buffer.subarray(0, 30);
    expect(parser.push(half)).toBeUndefined();
    half.fill(0);
    expect(parser.push(Buffer.from(answer).subarray(30))).toMatchObject({ status: 201, body: 'h\u00e9ll' });
  });

  it('throws at what it does not understand', () => {
    expect(() => createReplyParser().push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('Content-Length');
  });
});
