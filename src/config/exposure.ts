import type { TlsFile } from './secret-kind.ts';

/** What decides who can reach this process. */
export type Exposure = {
  readonly host: string;
  readonly httpHost: string;
  readonly runsGateway: boolean;
  readonly tlsCert: TlsFile | undefined;
  readonly tlsKey: TlsFile | undefined;
  readonly tlsCa: TlsFile | undefined;
  readonly hasTokens: boolean;
  readonly insecure: boolean;
  /** Whether calls can be made to go wrong here. */
  readonly hasFaults: boolean;
  /** Whether it was asked for explicitly. */
  readonly enableFaults: boolean;
};

/** Whether an address can be reached from this machine alone. A name other than localhost may mean anything. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** What must be said before a port opens for other machines; one sentence each, none when all is well. */
export function exposureProblems(exposure: Exposure): readonly string[] {
  const { tlsCert, tlsKey, insecure } = exposure;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    return ['--tls-cert and --tls-key: each needs the other'];
  if (exposure.tlsCa !== undefined && tlsCert === undefined)
    return ['--tls-ca: needs --tls-cert and --tls-key beside it'];
  return [...exposedFaults(exposure), ...(insecure ? [] : exposedPorts(exposure))];
}

/** Faults are for the machine that they are tried on, unless somebody insists twice. */
function exposedFaults({ host, httpHost, hasFaults, enableFaults, insecure }: Exposure): readonly string[] {
  if (!hasFaults || (isLoopback(host) && isLoopback(httpHost)) || (enableFaults && insecure)) return [];
  return ['--faults: other machines can reach this process, which needs --enable-faults and --insecure'];
}

/** What is reachable from elsewhere and not protected, in words. */
export function exposedPorts(exposure: Exposure): readonly string[] {
  const { host, httpHost, runsGateway, tlsCert, tlsCa, hasTokens } = exposure;
  const encrypts = tlsCert !== undefined;
  return [
    ...(isLoopback(host) || (encrypts && tlsCa !== undefined)
      ? []
      : [
          `--host: ${host} lets other machines call the services, which needs --tls-cert, --tls-key and --tls-ca, or --insecure`,
        ]),
    ...(!runsGateway || isLoopback(httpHost) || (encrypts && hasTokens)
      ? []
      : [
          `--http-host: ${httpHost} lets other machines use the gateway, which needs --tls-cert, --tls-key and --tokens, or --insecure`,
        ]),
  ];
}
