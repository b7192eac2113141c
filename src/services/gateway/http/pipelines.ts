import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { GatewayLimits } from '../limits.ts';

/** What the connections of a server have sent and were not answered yet. */
export type Pipelines = {
  /** Serves a request: now, or when those before it on its connection are answered. */
  readonly take: RequestListener;
  /**
   * Whether an answer that is written to the connection itself would be taken for the answer to what is being read
   * there, and not for one to a request before it.
   */
  mayAnswer(socket: Socket): boolean;
};

/**
 * Serves the requests of one connection one after the other, so that a client that reads no answers makes the gateway
 * hold one answer, and not one for each request that fits into a packet.
 *
 * Node reads 64 KiB at once and hands over every request in them before anything can stop it (some 2 000 small ones);
 * it undoes a pause of the socket as soon as a body is read. So requests are kept here until it is their turn, and the
 * one beyond a limit costs its client the connection, as HTTP lets a server do at any time.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export function createPipelines(
  listener: RequestListener,
  { maxPipelined, maxPipelinedInAll }: Pick<GatewayLimits, 'maxPipelined' | 'maxPipelinedInAll'>,
): Pipelines {
  // Oldest first; the first one is being served.
  const lines = new WeakMap<Socket, ServerResponse[]>();
  let waiting = 0;

  // One function for all requests, which finds its connection by `this`: a closure for each would cost every order.
  function goOn(this: ServerResponse): void {
    const { socket } = this.req;
    const line = lines.get(socket) ?? [];
    line.shift();
    // Nothing more can be answered there, so nothing more is done; after `Connection: close` HTTP demands that.
    if (!socket.writable) {
      waiting -= line.length;
      line.length = 0;
    }
    const [next] = line;
    if (next === undefined) return;
    waiting -= 1;
    serve(next);
  }

  function newLine(socket: Socket): ServerResponse[] {
    const line: ServerResponse[] = [];
    lines.set(socket, line);
    return line;
  }

  function serve(response: ServerResponse): void {
    response.on('close', goOn);
    listener(response.req, response);
  }

  return {
    take({ socket }, response) {
      // Came in the same packet as one that was too many, or after the last one.
      if (!socket.writable) return;
      const line = lines.get(socket) ?? newLine(socket);
      if (line.length === 0) {
        line.push(response);
        serve(response);
      } else if (line.length < maxPipelined && waiting < maxPipelinedInAll) {
        line.push(response);
        waiting += 1;
      } else {
        socket.destroy();
      }
    },
    mayAnswer(socket) {
      const [first, second] = lines.get(socket) ?? [];
      return first === undefined || (second === undefined && !first.req.complete && !first.headersSent);
    },
  };
}
