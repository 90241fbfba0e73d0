/** A former primary that is back, and the plan that makes it a replica of the new one. */

import type { Engine } from '../engine.ts';
import type { ServerId } from '../identity.ts';
import type { Observation } from '../observation.ts';
import type { FollowSettings, Plan, Replacement, Step } from '../plan.ts';
import type { ClusterPolicy, RestoreMeans } from '../policy.ts';
import type { EngineTraits, Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { type Node, nodeById, primaries, replicasOf, type Topology } from '../topology.ts';

export interface RejoinQuestion {
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  readonly server: ServerId;
  readonly engine: EngineTraits & Pick<Engine, 'restores' | 'errant'>;
  /** How it was replaced; absent when that is not on record. */
  readonly replacement?: Replacement;
}

/** A copy of a large server takes hours; it is watched by its state, and this only ends one that hangs for good. */
const copyMs = 12 * 3_600_000;

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

/** As its fellow replicas follow the primary; a server that was a primary has no settings of its own. */
function settingsLike(fellow: Node | undefined, { semiSync }: Observation): FollowSettings {
  const channel = fellow?.channel;
  return {
    wasPrimary: true,
    ...(channel?.tls.enabled ? { tls: channel.tls } : {}),
    ...(channel?.heartbeatSeconds === undefined ? {} : { heartbeatSeconds: channel.heartbeatSeconds }),
    ...(channel?.connectRetrySeconds === undefined
      ? {}
      : { connectRetrySeconds: channel.connectRetrySeconds }),
    ...(semiSync.sourceEnabled || fellow?.seen?.semiSync.replicaEnabled ? { semiSync: true } : {}),
  };
}

interface RejoinCasting {
  readonly node: Node;
  readonly seen: Observation;
  readonly primary: SeenNode;
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  readonly engine: RejoinQuestion['engine'];
  readonly replacement: Replacement | undefined;
}

/** Those that the policy allows and the engine can do, in the policy's order. */
const meansOf = ({ policy, engine }: RejoinCasting): readonly RestoreMeans[] =>
  policy.failover.restore.filter((means) => engine.restores[means] !== false);

function rejoinPlan(casting: RejoinCasting): Plan {
  const { node, seen, primary, policy, engine } = casting;
  return {
    kind: 'rejoin',
    cluster: policy.name,
    request: { cluster: policy.name, to: node.id },
    engineTitle: `${engine.title} ${seen.version.major}.${seen.version.minor}`,
    from: target(node),
    to: target(primary),
    reasons: [`${primary.name} takes the writes`],
    passedOver: [],
    guarantee: `nothing that only ${node.name} has is thrown away: it is saved as a file first`,
    warnings: warningsOf(casting),
    facts: [
      { text: `${node.name} replicates from nobody` },
      { text: `${primary.name} is the only primary` },
      { text: ownFact(casting) },
    ],
    steps: rejoinSteps(casting),
    pointOfNoReturn: `restore:${node.name}`,
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
  const { node, engine } = casting;
  const left = `if ${node.name} has transactions of its own it is left as it is`;
  return [
    ...(node.settings.agent === undefined ? [`no agent on its host can save anything: ${left}`] : []),
    ...(meansOf(casting).length === 0 ? [`nothing that ${engine.title} can do is allowed: ${left}`] : []),
  ];
}

/** A replica is the better donor: nobody waits for it. */
function donorsOf({ node, primary, topology }: RejoinCasting): readonly SeenNode[] {
  const fellows = replicasOf(topology, primary.id)
    .filter(isSeen)
    .filter((fellow) => fellow.id !== node.id && fellow.errant === undefined)
    .filter(({ channel }) => channel?.receiver === 'running' && channel.applier === 'running');
  return [...fellows, primary];
}

function restoreNote(casting: RejoinCasting): string {
  const { policy, engine } = casting;
  if (policy.failover.restore.length === 0) return 'not allowed: failover.restore is empty';
  const [donor] = donorsOf(casting);
  const costs: Readonly<Record<RestoreMeans, string>> = {
    flashback: 'flashback: its own changes are reversed; its binary log begins anew',
    clone: `clone: all its data is replaced by a copy of ${donor?.name ?? 'another server'}`,
  };
  const ways = meansOf(casting).map((means) => costs[means]);
  return ways.length === 0
    ? `${engine.title} can do nothing of what failover.restore allows`
    : `if it has any; by ${ways.join(', else ')}`;
}

function rejoinSteps(casting: RejoinCasting): readonly Step[] {
  const { node, seen, primary, topology, policy, replacement } = casting;
  const server = target(node);
  const source = target(primary);
  const { followMs, levelMs } = policy.failover;
  const means = meansOf(casting);
  const fellow = replicasOf(topology, primary.id).find(isSeen);
  const compare = `compare:${node.name}`;
  const save = `save:${node.name}`;
  const back = { after: [], onFailure: 'roll-back' } as const;
  const forward = { after: [], onFailure: 'carry-forward' } as const;
  const start: readonly Step[] =
    node.settings.agent === undefined
      ? []
      : [
          {
            id: `start:${node.name}`,
            phase: 'check',
            action: { verb: 'unfence', server, start: 'read-only' },
            title: `${node.name} started, read-only`,
            note: 'by its agent, if it is down',
            deadlineMs: levelMs,
            ...back,
          },
        ];
  return [
    ...start,
    {
      id: compare,
      phase: 'compare',
      action: { verb: 'compare', server, primary: source },
      title: `${node.name} against ${primary.name}`,
      note: 'read-only; what does it alone have?',
      deadlineMs: levelMs,
      ...back,
    },
    {
      id: save,
      phase: 'restore',
      action: {
        verb: 'save',
        server,
        primary: source,
        surplus: { step: compare },
        ...(replacement === undefined ? {} : { replacement }),
      },
      title: `what only ${node.name} has is saved`,
      note: 'as a file on the controller, by its agent',
      deadlineMs: levelMs,
      ...back,
    },
    {
      id: `restore:${node.name}`,
      phase: 'restore',
      action: {
        verb: 'restore',
        server,
        primary: source,
        saved: { step: save },
        means,
        donors: donorsOf(casting).map(target),
      },
      title: `${node.name} gives up what it alone has`,
      note: restoreNote(casting),
      deadlineMs: means.includes('clone') ? copyMs : levelMs,
      ...back,
      after: [save],
    },
    {
      id: `follow:${node.name}`,
      phase: 'follow',
      action: { verb: 'follow', server, source, settings: settingsLike(fellow, seen), catchUp: false },
      title: `${node.name} → under ${primary.name}`,
      deadlineMs: followMs,
      ...forward,
    },
    {
      id: 'prove',
      phase: 'prove',
      action: { verb: 'prove', server: source, seenBy: [server] },
      title: `the hand-over row is seen on ${node.name}`,
      deadlineMs: followMs,
      ...forward,
    },
  ];
}
