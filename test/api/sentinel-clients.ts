/** Unmodified client libraries with the settings that they come with, behind what the tests do with either. */
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { CLUSTER, FACE_PASSWORD, SERVER_PASSWORD, type Stage } from './sentinel-stage.ts';

/** What clients are told: where the face is, and by whom its certificate is signed. */
export type Asked = Pick<Stage, 'face' | 'ca'>;

export interface SentinelAware {
  set(key: string, value: string): Promise<void>;
  /** `host:port` of the server that takes its commands. */
  where(): Promise<string>;
  close(): Promise<void>;
}

export interface Library {
  readonly name: string;
  open(stage: Asked): Promise<SentinelAware>;
}

const addressIn = (line: unknown): string => / laddr=(\S+)/.exec(`${JSON.stringify(line)}`)?.[1] ?? '';

function ioredisOptions({ face, ca }: Asked) {
  return {
    sentinels: [face.address],
    name: CLUSTER,
    ...(ca === undefined
      ? {}
      : {
          ...{ sentinelUsername: 'app', sentinelPassword: FACE_PASSWORD, password: SERVER_PASSWORD },
          ...{ sentinelTLS: { ca }, tls: { ca }, enableTLSForSentinelMode: true },
        }),
  };
}

async function openIoredis(stage: Asked, more: object): Promise<SentinelAware> {
  const client = new Redis({ ...ioredisOptions(stage), ...more });
  // The library emits what it retries by itself, and ends the process where nobody listens.
  client.on('error', () => undefined);
  await client.ping();
  return {
    set: async (key, value) => {
      await client.set(key, value);
    },
    where: async () => addressIn(await client.call('CLIENT', 'INFO')),
    close: async () => client.disconnect(),
  };
}

async function openNodeRedis({ face, ca }: Asked): Promise<SentinelAware> {
  const socket = ca === undefined ? {} : { socket: { tls: true as const, ca } };
  const client = createSentinel({
    name: CLUSTER,
    sentinelRootNodes: [face.address],
    sentinelClientOptions: {
      ...socket,
      ...(ca === undefined ? {} : { username: 'app', password: FACE_PASSWORD }),
    },
    nodeClientOptions: { ...socket, ...(ca === undefined ? {} : { password: SERVER_PASSWORD }) },
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    set: async (key, value) => {
      await client.set(key, value);
    },
    where: async () => addressIn(await client.sendCommand(false, ['CLIENT', 'INFO'])),
    close: () => client.destroy(),
  };
}

export const libraries: readonly Library[] = [
  { name: 'ioredis', open: (stage) => openIoredis(stage, {}) },
  { name: 'ioredis with failoverDetector', open: (stage) => openIoredis(stage, { failoverDetector: true }) },
  { name: 'ioredis with RESP2', open: (stage) => openIoredis(stage, { protocol: 2 }) },
  { name: 'node-redis', open: openNodeRedis },
];

/** ioredis for reading from a replica. */
export const openReader = (stage: Stage): Promise<SentinelAware> => openIoredis(stage, { role: 'slave' });
