import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority and one certificate of it for localhost and 127.0.0.1, made by openssl. Paths of PEM files. */
export type Certificates = {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  remove(): void;
};

export function createCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-certificates-'));
  const path = (name: string): string => join(directory, name);
  const openssl = (text: string): void =>
    void execFileSync('openssl', text.split(' '), { cwd: directory, stdio: 'pipe' });
  const newKey = 'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
  openssl(`${newKey} -x509 -subj /CN=authority -keyout ca.key -out ca.pem`);
  openssl(`${newKey} -subj /CN=localhost -keyout own.key -out own.csr`);
  writeFileSync(path('san.txt'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san.txt -out own.pem',
  );
  return {
    ca: path('ca.pem'),
    cert: path('own.pem'),
    key: path('own.key'),
    remove: () => rmSync(directory, { recursive: true }),
  };
}
