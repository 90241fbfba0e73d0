/** A former primary that is back, and the plan that makes it a replica of the new one. */

import type { Engine } from '../engine.ts';
import type { ServerId } from '../identity.ts';
import type { Plan, Replacement } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import { type EngineTraits, engineTitle, type Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { nodeById, primaries, type Topology } from '../topology.ts';
import { meansOf, type RejoinCasting, rejoinSteps } from './rejoin-steps.ts';

export interface RejoinQuestion {
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  readonly server: ServerId;
  readonly engine: EngineTraits & Pick<Engine, 'restores' | 'errant'>;
  /** How it was replaced; absent when that is not on record. */
  readonly replacement?: Replacement;
}

export function planRejoin({ topology, policy, server, engine, replacement }: RejoinQuestion): Planned {
  const node = nodeById(topology, server);
  const primary = primaryFor(topology, server);
  if (!node?.seen || (!isSeen(node) && node.settings.agent === undefined)) {
    return refuse({
      code: 'candidate-unreachable',
      server,
      fact: `${node?.name ?? server} does not answer, and no agent can start it`,
      needs: 'a server that answers, or an agent on its host (servers[].agent)',
    });
  }
  if (node.channel || node.role !== 'primary') {
    const fact = `${node.name} replicates already`;
    return refuse({ code: 'nothing-to-rejoin', server, fact, needs: 'a server that replicates from nobody' });
  }
  if (!primary) {
    const fact = `there is no other primary that ${node.name} could follow`;
    return refuse({ code: 'no-primary', fact, needs: 'exactly one other server that takes writes' });
  }
  if (node.seen.anonymous) {
    const fact = `${node.name} has no GTIDs: what it alone has cannot be told`;
    const needs = `it made anew as a replica of ${primary.name}, or gtid_mode=ON everywhere`;
    return refuse({ code: 'candidate-gtid-off', server, fact, needs });
  }
  return {
    ok: true,
    plan: rejoinPlan({ node, seen: node.seen, primary, topology, policy, engine, replacement }),
  };
}

const refuse = (refusal: Refusal): Planned => ({ ok: false, refusals: [refusal] });

/** The only other server that takes writes and has replicas, or takes writes alone. */
function primaryFor(topology: Topology, server: ServerId): SeenNode | undefined {
  const writable = primaries(topology)
    .filter((node): node is SeenNode => node.id !== server && isSeen(node))
    .filter(({ seen }) => seen.writeMode === 'writable');
  const feeding = writable.filter(({ replicas }) => replicas.length > 0);
  const [only, ...more] = feeding.length > 0 ? feeding : writable;
  return more.length === 0 ? only : undefined;
}

function rejoinPlan(casting: RejoinCasting): Plan {
  const { node, seen, primary, policy, engine } = casting;
  return {
    kind: 'rejoin',
    cluster: policy.name,
    request: { cluster: policy.name, to: node.id },
    engineTitle: engineTitle(engine, seen.version),
    from: target(node),
    to: target(primary),
    reasons: [`${primary.name} takes the writes`],
    passedOver: [],
    guarantee: engine.restores.byFollowing
      ? `${node.name} gets what ${primary.name} has; what only ${node.name} has is told, and goes with that`
      : `nothing that only ${node.name} has is thrown away: it is saved as a file first`,
    warnings: warningsOf(casting),
    facts: [
      { text: `${node.name} replicates from nobody` },
      { text: `${primary.name} is the only primary` },
      { text: ownFact(casting) },
    ],
    steps: rejoinSteps(casting),
    pointOfNoReturn: `${engine.restores.byFollowing ? 'follow' : 'restore'}:${node.name}`,
  };
}

function ownFact({ node, seen, primary, engine }: RejoinCasting): string {
  if (!isSeen(node)) return `${node.name} does not answer yet: what it alone has is not known`;
  const surplus = engine.errant(seen, primary.seen);
  return surplus === undefined
    ? `${node.name} has nothing that ${primary.name} lacks`
    : `${node.name} alone has ${surplus.text}`;
}

function warningsOf(casting: RejoinCasting): readonly string[] {
  const { engine } = casting;
  return [
    ...(casting.replacement === undefined
      ? [
          `no failover is on record that replaced it: whether what it alone has was acknowledged cannot be told`,
        ]
      : []),
    ...(engine.restores.byFollowing ? [] : savingWarnings(casting)),
  ];
}

function savingWarnings(casting: RejoinCasting): readonly string[] {
  const { node, engine } = casting;
  const left = `if ${node.name} has transactions of its own it is left as it is`;
  return [
    ...(node.settings.agent === undefined ? [`no agent on its host can save anything: ${left}`] : []),
    ...(meansOf(casting).length === 0 ? [`nothing that ${engine.title} can do is allowed: ${left}`] : []),
  ];
}
