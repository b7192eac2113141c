import { connect, type Socket } from 'node:net';
import { createReplyParser, type Reply } from './reply-parser.ts';

/** Posts over a bounded pool of keep-alive connections; a request that finds none free is queued. */
export type PostPool = {
  /** Rejects when the connection breaks before the answer is complete. */
  post(idempotencyKey: string, body: string): Promise<Reply>;
  close(): void;
};

export type PostPoolOptions = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly token?: string | undefined;
  /** Sent with every request. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Most connections at once. */
  readonly connections: number;
};

type Request = {
  readonly bytes: string;
  resolve(reply: Reply): void;
  reject(error: Error): void;
};
type Connection = { send(request: Request): void; destroy(): void };

/** Connects when needed. */
export function createPostPool(options: PostPoolOptions): PostPool {
  const queue: Request[] = [];
  const idle: Connection[] = [];
  const connections = new Set<Connection>();
  const head = headOf(options);
  // One buffer that all connections read into in turn: a new one for each read costs an eighth of the generator's CPU.
  const arriving = Buffer.allocUnsafe(65_536);

  function free(connection: Connection): void {
    const next = queue.shift();
    if (next) connection.send(next);
    else idle.push(connection);
  }

  function lose(connection: Connection): void {
    connections.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    const next = queue.shift();
    if (next) connectAnother().send(next);
  }

  function connectAnother(): Connection {
    const connection: Connection = openConnection(
      { ...options, arriving },
      () => free(connection),
      () => lose(connection),
    );
    connections.add(connection);
    return connection;
  }

  return {
    post(key, body) {
      const bytes = `${head}Idempotency-Key: ${key}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      return new Promise((resolve, reject) => {
        const request = { bytes, resolve, reject };
        const connection =
          idle.pop() ?? (connections.size < options.connections ? connectAnother() : undefined);
        if (connection) connection.send(request);
        else queue.push(request);
      });
    },
    close() {
      for (const connection of connections) connection.destroy();
    },
  };
}

function headOf({ host, port, path, token, headers = {} }: PostPoolOptions): string {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const more = Object.entries({ ...authorization, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n${more}`;
}

/** One connection with at most one request on it. */
function openConnection(
  { host, port, arriving }: PostPoolOptions & { readonly arriving: Buffer },
  onFree: () => void,
  onLost: () => void,
): Connection {
  const onread = { buffer: arriving, callback: take };
  const socket: Socket = connect({ host, port, noDelay: true, onread });
  const parser = createReplyParser();
  let current: Request | undefined;
  let failure: Error | undefined;

  function take(bytes: number): boolean {
    try {
      const reply = parser.push(arriving.subarray(0, bytes));
      if (reply === undefined) return true;
      current?.resolve(reply);
      current = undefined;
      if (reply.closes) socket.destroy();
      else onFree();
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    current?.reject(failure ?? new Error('the connection was closed before the answer'));
    current = undefined;
    onLost();
  });
  return {
    send(request) {
      current = request;
      socket.write(request.bytes);
    },
    destroy: () => void socket.destroy(),
  };
}
