/** Real Sentinels that watch a primary: what Dauphin is measured against. */
import { until } from '../deadline.ts';
import { createWorkFolder } from '../folder.ts';
import { loopbackHost } from '../ports.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { ServerGroup, startAll } from './server-group.ts';

/** They tell each other of themselves every 2 s. */
const KNOWN = { deadlineMs: 20_000, everyMs: 50 };

export interface SentinelOptions {
  /** Known by name from now on; its password and flavour are theirs too. */
  readonly primary: RedisServer;
  /** How many replicas each is to know when it returns. */
  readonly replicas: number;
  /** Default 3. */
  readonly count?: number;
  /** Default: more than half of them. */
  readonly quorum?: number;
  readonly downAfterMs: number;
  /** Default 10 000. */
  readonly failoverTimeoutMs?: number;
  /** Default `mymaster`. */
  readonly primaryName?: string;
  /** An existing folder for theirs; default: one of their own that goes with them. */
  readonly folder?: string;
  /** The first Sentinel's host is `loopbackHost(firstHost)`. Default 31: 127.0.0.41. */
  readonly firstHost?: number;
}

export class Sentinels extends ServerGroup {
  readonly primaryName: string;

  constructor(
    folder: string,
    servers: readonly RedisServer[],
    primaryName: string,
    resources: AsyncDisposableStack,
  ) {
    super(folder, servers, resources);
    this.primaryName = primaryName;
  }
}

/** All know each other and every replica when it returns: only then can they agree on a failover. */
export async function startSentinels(options: SentinelOptions): Promise<Sentinels> {
  await using resources = new AsyncDisposableStack();
  const { primary, primaryName = 'mymaster', count = 3 } = options;
  const folder = options.folder ?? resources.use(await createWorkFolder('sentinel')).path;
  const servers = await startAll(
    resources,
    Array.from({ length: count }, (_, index) =>
      startRedis({
        folder,
        name: `sentinel${index + 1}`,
        host: loopbackHost((options.firstHost ?? 31) + index),
        flavour: primary.flavour,
        sentinel: true,
        config: watching(options, primaryName, options.quorum ?? Math.floor(count / 2) + 1),
      }),
    ),
  );
  await Promise.all(
    servers.map((sentinel) =>
      until(`${sentinel.name} to know the others`, KNOWN, async () => {
        const line = (await sentinel.info('sentinel')).master0 ?? '';
        return line.includes(`slaves=${options.replicas},`) && line.endsWith(`sentinels=${count}`);
      }),
    ),
  );
  return new Sentinels(folder, servers, primaryName, resources.move());
}

function watching(options: SentinelOptions, name: string, quorum: number): readonly string[] {
  const { address, target } = options.primary;
  return [
    `sentinel monitor ${name} ${address.host} ${address.port} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${options.downAfterMs}`,
    `sentinel failover-timeout ${name} ${options.failoverTimeoutMs ?? 10_000}`,
    `sentinel parallel-syncs ${name} 1`,
    ...(target.password === undefined ? [] : [`sentinel auth-pass ${name} ${target.password}`]),
  ];
}
