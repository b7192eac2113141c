// The image's HEALTHCHECK, without curl: asks each service of this container, as ORDERSAGA_SERVICES names them, over its
// own protocol. Plain node:http and node:http2, because loading gRPC every ten seconds would cost more than it tells.
// Liveness only: a gateway whose participants are away is well, and must not be restarted for it.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import process from 'node:process';

const { env } = process;
const timeoutMs = 3_000;
// Everything as "start" reads it: an empty variable counts as not set, and a service that has an address of its own is
// not run unless it is asked for.
const given = (name) => env[name] || undefined;
const hasAddress = (name) =>
  given(`ORDERSAGA_${name.toUpperCase()}_ADDR`) ?? given(`${name.toUpperCase()}_SERVICE_ADDR`);
const services =
  given('ORDERSAGA_SERVICES')
    ?.split(',')
    .map((name) => name.trim()) ??
  ['gateway', 'order', 'inventory', 'payment'].filter((name) => !hasAddress(name));
const httpPort = given('ORDERSAGA_HTTP_PORT') ?? /:(\d+)$/.exec(env.HTTP_ADDR ?? '')?.[1] ?? '8080';
const grpcPorts = {
  order: given('ORDERSAGA_ORDER_PORT') ?? '50051',
  inventory: given('ORDERSAGA_INVENTORY_PORT') ?? '50052',
  payment: given('ORDERSAGA_PAYMENT_PORT') ?? '50053',
};

// With --tls-cert every port speaks TLS. A container asks itself on loopback, where the certificate's name is not right and
// need not be, and shows its own to those who want one.
const isTls = (env.ORDERSAGA_TLS_CERT ?? '') !== '';
const tls = isTls
  ? {
      rejectUnauthorized: false,
      cert: readFileSync(env.ORDERSAGA_TLS_CERT),
      key: readFileSync(env.ORDERSAGA_TLS_KEY),
    }
  : {};

/** GET /healthz. */
function checkHttp(port) {
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).get(
      { host: '127.0.0.1', port, path: '/healthz', timeout: timeoutMs, ...tls },
      (response) => {
        response.resume();
        if (response.statusCode === 200) resolve();
        else reject(new Error(`answered ${response.statusCode}`));
      },
    );
    request.on('timeout', () => request.destroy(new Error('did not answer')));
    request.on('error', reject);
  });
}

/** grpc.health.v1.Health/Check of the whole server: an empty request, and an answer whose status is 1, SERVING. */
function checkGrpc(port) {
  const session = http2.connect(`${isTls ? 'https' : 'http'}://127.0.0.1:${port}`, tls);
  const checked = new Promise((resolve, reject) => {
    const chunks = [];
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    for (const emitter of [session, stream]) emitter.on('error', reject);
    stream.setTimeout(timeoutMs, () => reject(new Error('did not answer')));
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      // One byte of flags, four of length, then the message: field 1 as a varint.
      const [field, status] = Buffer.concat(chunks).subarray(5);
      if (field === 0x08 && status === 1) resolve();
      else reject(new Error('does not serve'));
    });
    // No compression, no length: the message is empty.
    stream.end(Buffer.alloc(5));
  });
  return checked.finally(() => session.destroy());
}

const check = (name) => (name === 'gateway' ? checkHttp(httpPort) : checkGrpc(grpcPorts[name]));

const problems = await Promise.all(
  services.map((name) =>
    check(name).then(
      () => [],
      (error) => [`${name} ${error.message}`],
    ),
  ),
);
if (problems.flat().length > 0) {
  process.stderr.write(`${problems.flat().join('\n')}\n`);
  process.exitCode = 1;
}
