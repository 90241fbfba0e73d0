/**
 * A former primary that came back writable by its own configuration, since nobody was there to fence it when it was
 * replaced: it is made read-only as soon as it is seen, whatever else the policy leaves to people.
 */
import type { ServerId } from '../identity.ts';
import type { Plan, Step } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { EngineTraits, Planned } from '../switchover/plan-switchover.ts';
import { target } from '../switchover/switchover-steps.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';

const takesWrites = (node: Node | undefined): boolean =>
  node?.reachable === true && node.seen?.writeMode === 'writable';

/**
 * The first that takes writes beside the server `made` in its place. Where that one does not, a person may have gone
 * back to the old one by hand.
 */
export function writableAgain(topology: Topology, made: ServerId | undefined): Node | undefined {
  const primary = made === undefined ? undefined : nodeById(topology, made);
  if (!takesWrites(primary)) return undefined;
  return topology.nodes.find(
    (node) =>
      node.replacedBy !== undefined &&
      node.id !== primary?.id &&
      // One whose promotion nobody saw the end of still knows the dead primary as its source.
      node.role !== 'co-primary' &&
      node.source !== primary?.id &&
      takesWrites(node),
  );
}

export function planFencing(
  topology: Topology,
  made: ServerId | undefined,
  policy: ClusterPolicy,
  engine: EngineTraits,
): Planned {
  const node = writableAgain(topology, made);
  const primary = made === undefined ? undefined : nodeById(topology, made);
  if (!node || !primary) {
    const fact = 'no former primary takes writes beside the one that replaced it';
    return { ok: false, refusals: [{ code: 'nothing-to-rejoin', fact, needs: 'one that does' }] };
  }
  return { ok: true, plan: fencingPlan(node, primary, policy, engine) };
}

function fencingPlan(node: Node, primary: Node, policy: ClusterPolicy, engine: EngineTraits): Plan {
  const server = target(node);
  const step: Step = {
    id: `fence:${node.name}`,
    phase: 'fence',
    action: { verb: 'fence', server, agent: false, hooks: [] },
    title: `${node.name} read-only`,
    note: `it was replaced by ${node.replacedBy} and came back writable`,
    deadlineMs: policy.failover.stepMs,
    after: [],
    onFailure: 'roll-back',
  };
  return {
    kind: 'fencing',
    cluster: policy.name,
    request: { cluster: policy.name, to: primary.id },
    engineTitle: engine.title,
    from: server,
    to: target(primary),
    reasons: [`${primary.name} is the primary`],
    passedOver: [],
    guarantee: `${node.name} takes no further write; what it took since it came back is shown as errant`,
    warnings: [],
    facts: [{ text: `${node.name} and ${primary.name} both take writes` }],
    steps: [step],
    pointOfNoReturn: step.id,
  };
}
