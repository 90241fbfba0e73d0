/** From a configuration file's text to what the program works with, or to all that is wrong with it at once. */
import { dirname } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { Address } from '../../core/identity.ts';
import type { ClusterPolicy } from '../../core/policy.ts';
import type { ClusterSetup } from '../cluster-setup.ts';
import { type ClusterText, defaultPorts, UNNAMED_PORT } from './cluster-schema.ts';
import type { ClusterCredentials, Configuration } from './configuration.ts';
import { type ConfigurationText, configurationSchema } from './configuration-schema.ts';
import { resolveCredentials } from './credentials-schema.ts';
import { duplicates } from './duplicates.ts';
import { type Problem, pathText, problemsOf } from './problems.ts';
import { type Surroundings, systemSurroundings } from './secrets.ts';
import { vipProblems } from './vip-problems.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

/** Throws Fault `config-invalid`: a line for each problem, as `dauphin.yaml:12: clusters[0].engine: …`. */
export function parseConfiguration(
  text: string,
  fileName: string,
  surroundings: Surroundings = systemSurroundings(dirname(fileName)),
): Configuration {
  const document = readYaml(text);
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ line, message }) => `${fileName}:${line}: ${message}`));
  }
  const schema = configurationSchema(surroundings);
  const parsed = schema.safeParse(document.value);
  const problems = [
    ...problemsOf(parsed.error?.issues ?? [], schema, document.value),
    ...duplicates(document.value),
    ...(parsed.data?.clusters ?? []).flatMap(withoutServers),
    ...vipProblems(parsed.data?.clusters ?? []),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(inWords(problems, document, fileName));
  return asConfiguration(parsed.data);
}

function inWords(problems: readonly Problem[], document: YamlDocument, fileName: string): readonly string[] {
  return problems
    .map((problem) => ({ ...problem, line: document.lineOf(problem) }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, path, message }) =>
      path.length === 0
        ? `${fileName}:${line}: ${message}`
        : `${fileName}:${line}: ${pathText(path)}: ${message}`,
    );
}

function invalid(problems: readonly string[]): Fault {
  return new Fault('config-invalid', problems.join('\n'), { details: { problems } });
}

function withoutServers(cluster: ClusterText, at: number): readonly Problem[] {
  if (cluster.seeds.length > 0 || cluster.servers.length > 0) return [];
  return [
    { path: ['clusters', at], message: 'needs at least one address to begin with, in seeds or servers' },
  ];
}

function asConfiguration(text: ConfigurationText): Configuration {
  const { listen, dataDir, log, poll, recovery, peers, clusters } = text;
  return {
    listen,
    dataDir,
    log,
    poll: { intervalMs: poll.interval, deadlineMs: poll.deadline },
    recovery: {
      atOnce: recovery.atOnce,
      brake: { failovers: recovery.brake.failovers, withinMs: recovery.brake.within },
    },
    peers,
    ...(text.sentinel === undefined ? {} : { sentinel: text.sentinel }),
    credentials: resolveCredentials(text.credentials),
    clusters: clusters.map((cluster) =>
      asSetup(cluster, resolveCredentials(text.credentials, cluster.credentials)),
    ),
  };
}

function asSetup(cluster: ClusterText, credentials: ClusterCredentials): ClusterSetup {
  const { name, engine, routes } = cluster;
  const withPort = (address: Address): Address =>
    address.port === UNNAMED_PORT ? { ...address, port: defaultPorts[engine] } : address;
  const servers = cluster.servers.map((server) => ({ ...server, address: withPort(server.address) }));
  return {
    ...credentials,
    policy: {
      name,
      engine,
      seeds: cluster.seeds.length > 0 ? cluster.seeds.map(withPort) : servers.map(({ address }) => address),
      servers,
      routes,
      lagFindingMs: cluster.lagFinding,
      // The servers count whole seconds.
      longTransactionSeconds: Math.ceil(cluster.longTransaction / 1000),
      ...(cluster.exactSemiSync ? { exactSemiSync: true } : {}),
      ...(cluster.maintenance.length > 0 ? { maintenance: cluster.maintenance } : {}),
      switchover: switchoverOf(cluster),
      failover: failoverOf(cluster),
      detection: {
        pulseMs: cluster.detection.pulse,
        answerMs: cluster.detection.answer,
        inquestMs: cluster.detection.inquest,
        stuckMs: cluster.detection.stuck,
      },
      hooks: hooksOf(cluster),
    },
  };
}

function switchoverOf({ switchover }: ClusterText): ClusterPolicy['switchover'] {
  return {
    maxLagMs: switchover.maxLag,
    graceMs: switchover.grace,
    afterGrace: switchover.afterGrace,
    reachMs: switchover.reach,
    approachMs: switchover.approach,
    stepMs: switchover.step,
    followMs: switchover.follow,
    crossDataCenter: switchover.crossDataCenter,
  };
}

function failoverOf({ failover }: ClusterText): ClusterPolicy['failover'] {
  return {
    mode: failover.mode,
    durability: failover.durability,
    maxLoss: failover.maxLoss,
    maxLagMs: failover.maxLag,
    graceMs: failover.grace,
    salvageMs: failover.salvage,
    levelMs: failover.level,
    stepMs: failover.step,
    followMs: failover.follow,
    crossDataCenter: failover.crossDataCenter,
    crossRegion: failover.crossRegion,
    quietMs: failover.quiet,
    takeover: failover.takeover,
    rejoin: failover.rejoin,
    restore: failover.restore,
    keepOldData: failover.keepOldData,
  };
}

function hooksOf({ hooks }: ClusterText): ClusterPolicy['hooks'] {
  const hook = ({ command, timeout }: { command: string[]; timeout: number }) => ({
    command,
    timeoutMs: timeout,
  });
  return {
    beforeSwitchover: hooks.beforeSwitchover.map(hook),
    afterSwitchover: hooks.afterSwitchover.map(hook),
    fence: hooks.fence.map(hook),
    beforeFailover: hooks.beforeFailover.map(hook),
    afterFailover: hooks.afterFailover.map(hook),
  };
}
