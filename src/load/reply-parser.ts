/** The parts of an HTTP answer that the load generator looks at. */
export type Reply = { readonly status: number; readonly body: string; readonly closes: boolean };

/** Assembles answers from the chunks in which they arrive. */
export type ReplyParser = {
  /** The next whole answer, or undefined while more bytes are needed. The chunk may be overwritten afterwards. */
  push(chunk: Buffer): Reply | undefined;
};

const headEnd = Buffer.from('\r\n\r\n');
/** The gateway's answers to orders are far smaller. */
const maxReplyBytes = 1_048_576;

/**
 * Reads answers that carry a Content-Length, as the gateway's do. Hand-written, because `node:http` would take three
 * times the CPU, on a machine shared with the system under test.
 *
 * @throws Error, from `push`, for anything it does not understand
 */
export function createReplyParser(): ReplyParser {
  let held = nothing;
  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const parsed = parse(bytes);
      const rest = bytes.subarray(parsed?.end ?? 0);
      held = rest.length === 0 ? nothing : Buffer.from(rest);
      return parsed?.reply;
    },
  };
}

const nothing: Buffer = Buffer.alloc(0);

/** The first answer in some bytes and where it ends, or undefined when it is not whole. */
function parse(bytes: Buffer): { readonly reply: Reply; readonly end: number } | undefined {
  if (bytes.length > maxReplyBytes) throw new Error('the answer is too large');
  const headLength = bytes.indexOf(headEnd);
  if (headLength === -1) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(status + length)) throw new Error('the answer is no HTTP/1.1 with a Content-Length');
  const start = headLength + headEnd.length;
  const end = start + length;
  if (bytes.length < end) return undefined;
  const reply = {
    status,
    body: bytes.toString('utf8', start, end),
    closes: /\r\nconnection: *close/i.test(head),
  };
  return { reply, end };
}
