import type { Node } from '../topology.ts';
import type { Match, Rule } from './rule.ts';
import type { SeenNode } from './seen.ts';
import { acksEvidence, acksInWords, isShort, namedOnMysql, semiSyncPrimaries } from './semi-sync.ts';

export const semiSyncLocked: Rule = {
  code: 'semi-sync-locked',
  orchestrator: ['LockedSemiSyncMaster'],
  severity: 'critical',
  blocks: ['switchover'],
  because:
    'Every commit waits for acknowledgements that cannot come, until the time-out of semi-synchronous replication is over: clients hang. More replicas must acknowledge, or the primary must wait for fewer.',
  find: (topology) =>
    semiSyncPrimaries(topology)
      .filter(isLocked)
      .map((node) => match(node)),
};

/** Short of acknowledgements in two looks, and nothing was committed between them; or nothing was written at all. */
export function isLocked(node: SeenNode): boolean {
  const { seen, previous } = node;
  return (
    isWaitingShort(seen.semiSync) &&
    previous !== undefined &&
    isWaitingShort(previous.semiSync) &&
    previous.executed === seen.executed
  );
}

export function isWaitingShort(semiSync: SeenNode['seen']['semiSync']): boolean {
  return semiSync.sourceActive && isShort(semiSync);
}

function match(node: SeenNode): Match {
  return {
    server: node,
    ...namedOnMysql(node, 'LockedSemiSyncMaster'),
    summary: `${node.name} ${acksInWords(node)}; nothing was committed ${during(node)}`,
    evidence: { ...acksEvidence(node), executed: node.seen.executed, unchangedMs: unchangedMs(node) },
  };
}

function unchangedMs({ seen, previous }: Node): number {
  return seen === undefined || previous === undefined ? 0 : seen.observedAt - previous.observedAt;
}

function during(node: SeenNode): string {
  return `in the last ${unchangedMs(node)} ms`;
}
