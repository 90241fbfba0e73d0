import type { Node } from '../topology.ts';
import type { Match, Rule } from './rule.ts';

export const diskStuck: Rule = {
  code: 'disk-stuck',
  severity: 'warning',
  blocks: [],
  because:
    'A server whose disk takes no writes answers whoever only reads, and each commit waits. Two must say so before it counts as dead: this controller, whose own flush of the log waits, and the agent on the host; without an agent a person has to.',
  find: (topology) => topology.nodes.flatMap((node) => match(node, topology.at)),
};

function match(node: Node, at: number): readonly Match[] {
  const { stalledSince, host } = node;
  const hostSince = stuckSince(node);
  if (stalledSince === undefined && hostSince === undefined) return [];
  const evidence = {
    logWaitsSince: stalledSince ?? null,
    hostSaysSo: host?.state === undefined ? null : hostSince !== undefined,
    stuckSince: hostSince ?? null,
  };
  const waits = (since: number): string => `${Math.max(1, Math.round((at - since) / 1000))} s`;
  if (stalledSince === undefined) {
    const since = waits(hostSince ?? at);
    return [{ server: node, evidence, summary: `the disk of ${node.name} takes no writes for ${since}` }];
  }
  const log = `${node.name} answers, but its log has not reached its disk for ${waits(stalledSince)}`;
  const summary = `${log}; ${secondWord(node, hostSince)}`;
  return [{ server: node, evidence, summary, severity: 'critical' }];
}

/** One look may have met a disk that was only busy. */
function stuckSince({ host }: Node): number | undefined {
  return host?.stuckSince !== undefined && host.at > host.stuckSince ? host.stuckSince : undefined;
}

function secondWord({ host }: Node, hostSince: number | undefined): string {
  if (hostSince !== undefined) return 'its host finds the disk stuck, too';
  if (host?.state) return 'its host finds the disk well, so it does not count as dead';
  return 'no agent can tell whether the disk is stuck, so it does not count as dead';
}
