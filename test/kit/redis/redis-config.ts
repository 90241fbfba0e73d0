/** A server's configuration file; the server itself writes to it (`CONFIG REWRITE`, Sentinel), so each has its own. */
import type { Address } from '../../../src/core/identity.ts';

/** Files in PEM. */
export interface RedisTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ClusterMode {
  /** `cluster-node-timeout`. */
  readonly nodeTimeoutMs: number;
  /** Default: a free one. */
  readonly busPort?: number;
}

export interface RedisSettings {
  readonly address: Address;
  readonly folder: string;
  readonly password?: string;
  readonly tls?: RedisTls;
  readonly cluster?: { readonly nodeTimeoutMs: number; readonly busPort: number };
  readonly lines: readonly string[];
}

/** Nothing is kept over a restart, and a replica's first copy is not waited for; later lines win over these. */
export function redisConfig(settings: RedisSettings): string {
  const { cluster, password } = settings;
  return `${[
    ...commonLines(settings),
    'save ""',
    'appendonly no',
    'repl-diskless-sync-delay 0',
    ...(password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`]),
    ...(cluster === undefined
      ? []
      : [
          'cluster-enabled yes',
          'cluster-config-file nodes.conf',
          `cluster-node-timeout ${cluster.nodeTimeoutMs}`,
          `cluster-port ${cluster.busPort}`,
        ]),
    ...settings.lines,
  ].join('\n')}\n`;
}

export function sentinelConfig(settings: RedisSettings): string {
  const { host, port } = settings.address;
  return `${[
    ...commonLines(settings),
    `sentinel announce-ip ${host}`,
    `sentinel announce-port ${port}`,
    ...settings.lines,
  ].join('\n')}\n`;
}

/** Its own connections come from its own address, as those of a machine of its own would. */
function commonLines({ address, folder, tls }: RedisSettings): readonly string[] {
  return [
    `bind ${address.host}`,
    `bind-source-addr ${address.host}`,
    ...(tls === undefined ? [`port ${address.port}`] : tlsLines(tls, address.port)),
    `dir ${folder}`,
    `logfile ${folder}/redis.log`,
    'daemonize no',
    'protected-mode no',
  ];
}

function tlsLines({ ca, cert, key }: RedisTls, port: number): readonly string[] {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${ca}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    'tls-auth-clients optional',
    'tls-replication yes',
    'tls-cluster yes',
  ];
}
