import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP/2 server that takes a request, its body included, and then resets the connection. */
export async function brokenServer(): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer();
  server.on('session', (session) => session.on('error', () => undefined));
  server.on('stream', (stream) => {
    const socket = stream.session?.socket as Socket | undefined;
    stream.on('error', () => undefined);
    stream.once('data', () => socket?.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
