import { type Node, nodeById, standsAside, type Topology } from '../topology.ts';
import { listing } from '../wording.ts';
import type { Match, Rule } from './rule.ts';
import { answering, everSeen, isTop, type SeenNode, takesWrites } from './seen.ts';

export const primaryReadOnly: Rule = {
  code: 'primary-read-only',
  orchestrator: ['NoWriteableMasterStructureWarning'],
  severity: 'critical',
  blocks: ['switchover'],
  because:
    'A server that follows nobody and refuses writes is a primary no client can use, or a server that was left behind without a source.',
  find: (topology) => {
    const tops = everSeen(topology).filter(isTop);
    return answering(topology).flatMap((node) => {
      // A former primary that is back waits to be made a replica again.
      if (standsAside(node)) return [];
      if (node.role === 'primary') return primaryMatch(node, tops);
      return node.role === 'co-primary' ? ringMatch(node, topology) : [];
    });
  },
};

function primaryMatch(node: SeenNode, tops: readonly SeenNode[]): readonly Match[] {
  /** The top of a standby cluster follows a server elsewhere, and is to refuse writes. */
  const isStandby = node.channel !== undefined && tops.length === 1;
  if (takesWrites(node) || isStandby) return [];
  const { writeMode } = node.seen;
  const writable = tops.filter((top) => top.reachable && takesWrites(top)).map((top) => top.name);
  const match = {
    server: node,
    evidence: { writeMode, replicas: node.replicas.length },
    ...(node.channel === undefined ? { orchestrator: 'NoWriteableMasterStructureWarning' } : {}),
  };
  if (writable.length === 0) {
    return [{ ...match, summary: `${node.name} is the primary and is ${writeMode}` }];
  }
  const others = `${listing(writable)} ${writable.length === 1 ? 'takes' : 'take'} the writes`;
  const summary = `${node.name} follows no server of this cluster and is ${writeMode}; ${others}`;
  return [{ ...match, summary, severity: 'warning' }];
}

/** In a ring all but one are to be read-only; only when nobody takes writes is it said, once. */
function ringMatch(node: SeenNode, topology: Topology): readonly Match[] {
  const ring = ringOf(node, topology);
  if (ring.some((member) => member.seen !== undefined && member.seen.writeMode === 'writable')) return [];
  const speaker = topology.nodes.find((candidate) => candidate.reachable && ring.includes(candidate));
  if (speaker?.id !== node.id) return [];
  const names = topology.nodes.filter((member) => ring.includes(member)).map((member) => member.name);
  return [
    {
      server: node,
      summary: `${listing(names)} follow each other and none of them takes writes`,
      evidence: { writeMode: node.seen.writeMode, replicas: node.replicas.length, ring: names.join(', ') },
    },
  ];
}

function ringOf(node: Node, topology: Topology): readonly Node[] {
  const ring: Node[] = [];
  let member: Node | undefined = node;
  while (member !== undefined && !ring.includes(member)) {
    ring.push(member);
    member = member.source === undefined ? undefined : nodeById(topology, member.source);
  }
  return ring;
}
