/** A replica with transactions that never were on the primary, and the plan that makes the two agree again. */

import type { Plan } from '../plan.ts';
import { engineTitle, type Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { nodeById, primaries, type Topology } from '../topology.ts';
import { counted } from '../wording.ts';
import { usableMeans } from './rejoin-steps.ts';
import type { RepairCasting, RepairQuestion } from './repair-casting.ts';
import { askedFor, repairTable, takesBack } from './repair-rules.ts';
import { repairSteps } from './repair-steps.ts';

export function planRepair(question: RepairQuestion): Planned {
  const { topology, server } = question;
  const node = nodeById(topology, server);
  const primary = onlyPrimary(topology);
  if (!primary) {
    const fact = 'there is no single server that takes the writes and answers';
    return refuse({ code: 'no-primary', fact, needs: 'exactly one' });
  }
  if (!node || !isSeen(node)) {
    const fact = `${node?.name ?? server} does not answer`;
    return refuse({ code: 'candidate-unreachable', server, fact, needs: 'a server that answers' });
  }
  if (node.id === primary.id) {
    const fact = `${node.name} is the primary: what it has is what all others are to have`;
    return refuse({ code: 'already-primary', server, fact, needs: 'a replica' });
  }
  const source = node.source === undefined ? undefined : nodeById(topology, node.source);
  if (node.role !== 'replica' || !source) {
    const fact = `${node.name} is no replica in this cluster`;
    const needs = `a replica; \`dauphin rejoin ${topology.cluster} ${node.name}\` is for one that was the primary`;
    return refuse({ code: 'not-a-replica', server, fact, needs });
  }
  if (node.errant === undefined) {
    const fact = `${node.name} has no transaction that never was on ${primary.name}`;
    return refuse({ code: 'nothing-to-repair', server, fact, needs: 'errant transactions' });
  }
  const cast = { ...question, node: { ...node, errant: node.errant }, source, primary };
  const casting: RepairCasting = { ...cast, means: usableMeans(askedFor(question), cast) };
  const refusal = repairTable.find(({ when }) => when(casting));
  if (refusal) return refuse({ code: refusal.code, server, ...refusal.words(casting) });
  return { ok: true, plan: repairPlan(casting) };
}

const refuse = (refusal: Refusal): Planned => ({ ok: false, refusals: [refusal] });

function onlyPrimary(topology: Topology): SeenNode | undefined {
  const [only, ...more] = primaries(topology).filter((node) => node.seen?.writeMode === 'writable');
  return only && isSeen(only) && more.length === 0 ? only : undefined;
}

function repairPlan(casting: RepairCasting): Plan {
  const { node, primary, policy, engine } = casting;
  const { version } = node.seen;
  return {
    kind: 'repair',
    cluster: policy.name,
    request: { cluster: policy.name, to: node.id },
    engineTitle: engineTitle(engine, version),
    from: target(node),
    to: target(primary),
    reasons: [`${primary.name} takes the writes`],
    passedOver: [],
    guarantee: guaranteeOf(casting),
    warnings: warningsOf(casting),
    facts: [
      {
        text: `${node.name} has ${counted(node.errant.count, 'transaction')} that never ${node.errant.count === 1 ? 'was' : 'were'} on ${primary.name}: ${node.errant.text}`,
      },
      { text: `${node.name} follows ${casting.source.name}` },
    ],
    steps: repairSteps(casting),
    pointOfNoReturn: `${takesBack(casting) ? 'restore' : 'commit-empty'}:${takesBack(casting) ? node.name : primary.name}`,
  };
}

function guaranteeOf(casting: RepairCasting): string {
  const { node } = casting;
  if (takesBack(casting))
    return `nothing that only ${node.name} has is thrown away: it is saved as a file first`;
  return `only names are reconciled: no row is changed anywhere, and what ${node.name} has in other rows than the primary it keeps`;
}

function warningsOf(casting: RepairCasting): readonly string[] {
  const { node, primary } = casting;
  const empty = !takesBack(casting);
  return [
    ...(empty
      ? [
          `the rows of ${node.name} stay different from ${primary.name}'s: compare the data, or repair by clone`,
        ]
      : []),
    ...(empty && node.settings.agent === undefined
      ? [`no agent on ${node.name}'s host can save what they are; only their names are known`]
      : []),
    ...(node.seen.writeMode === 'writable' ? [`${node.name} takes writes: it is made read-only`] : []),
    ...(node.seen.semiSync.replicaActive
      ? [`${node.name} acknowledges no writes while it is repaired: commits may wait for another replica`]
      : []),
  ];
}
