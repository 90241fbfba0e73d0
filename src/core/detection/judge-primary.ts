/**
 * Whether a primary is dead, from what witnesses say of it. One table, first match wins. DESIGN, law 6: "I cannot
 * reach it" is never enough; two independent witnesses are. What anybody sees alive is not dead.
 */
import type { Judgement, Testimony, Verdict, WitnessKind } from './testimony.ts';

type Row = {
  readonly id: string;
  readonly verdict: Verdict;
  readonly because: string;
  when(seen: Views): boolean;
};

/** What else there is to know besides the testimonies. */
export interface Context {
  /**
   * Witnesses that may yet see it serve: not heard once, or with a receiver that has still to try. Nobody is dead by
   * the word of some replicas while another may be fed: they may stand on the wrong side of a cut together with this
   * controller.
   */
  readonly open: readonly string[];
  /**
   * Those that may be fed and must not be put to the test. They count as open, unless the primary's own host has lost it
   * as well.
   */
  readonly untestable?: readonly string[];
  /**
   * This controller, all direct replicas, and the peers that watch the cluster, whether they can be asked or not. Not
   * given: those who testified.
   */
  readonly observers?: number;
}

/** The testimonies, sorted by who gave them. */
interface Views {
  readonly open: boolean;
  /**
   * More than half of all observers have lost it, or somebody was told by its host that nobody serves there: a silence
   * may be a cut, and the greater part may be on the other side of it, with the primary and its clients.
   */
  readonly enough: boolean;
  readonly controller: Testimony['says'] | undefined;
  readonly agent: Testimony['says'] | undefined;
  readonly peers: readonly Testimony['says'][];
  readonly replicas: readonly Testimony['says'][];
}

/** It has lost the primary; whether that is gone or only silent, it cannot always tell. */
const lost = (says: Testimony['says'] | undefined): boolean => says === 'gone' || says === 'silent';

const someReplicaLost = ({ replicas }: Views): boolean => replicas.some(lost);

/** Somebody who does not look from where the host's agent and this controller do has lost it. */
const someOtherLost = (seen: Views): boolean => someReplicaLost(seen) || seen.peers.some(lost);

export const judgementTable: readonly Row[] = [
  {
    id: 'disk-stuck',
    verdict: 'dead',
    because: 'it answers, but its commits wait, and its own host says that its disk is stuck',
    when: ({ controller, agent }) => controller === 'stuck' && agent === 'stuck',
  },
  {
    id: 'answers-here',
    verdict: 'alive',
    because: 'it answers this controller',
    when: ({ controller }) => controller === 'serves' || controller === 'stuck',
  },
  {
    id: 'host-sees-it',
    verdict: 'alive',
    because: 'its own host sees it serve: only the way to it is broken',
    when: ({ agent }) => agent === 'serves' || agent === 'stuck',
  },
  {
    id: 'answers-a-peer',
    verdict: 'alive',
    because: 'it answers another controller: only the way from this one is broken',
    when: ({ peers }) => peers.some((says) => says === 'serves' || says === 'stuck'),
  },
  {
    id: 'feeds-a-replica',
    verdict: 'alive',
    because: 'a replica still receives from it: only this controller cannot reach it',
    when: ({ replicas }) => replicas.includes('serves'),
  },
  {
    id: 'gone-says-its-host',
    verdict: 'dead',
    because: 'its own host says that its process is gone, and this controller cannot reach it',
    when: ({ controller, agent }) => agent === 'gone' && lost(controller),
  },
  {
    id: 'lost-by-replicas',
    verdict: 'dead',
    because: 'this controller cannot reach it, and no replica that can tell gets through to it',
    when: (seen) => lost(seen.controller) && someReplicaLost(seen) && !seen.open && seen.enough,
  },
  {
    id: 'lost-by-host-and-replicas',
    verdict: 'dead',
    because: 'its own host gets no answer from it, and no replica that can tell gets through to it',
    when: (seen) => lost(seen.agent) && someReplicaLost(seen) && !seen.open && seen.enough,
  },
  {
    id: 'lost-by-controllers',
    verdict: 'dead',
    because: 'neither this controller nor another one can reach it, and no replica is known to be fed',
    when: (seen) => lost(seen.controller) && seen.peers.some(lost) && !seen.open && seen.enough,
  },
  {
    id: 'not-all-heard',
    verdict: 'unsure',
    because: 'there are witnesses who have lost it, and one that may yet see it serve',
    when: (seen) => seen.open && (lost(seen.controller) || lost(seen.agent)) && someOtherLost(seen),
  },
  {
    id: 'too-few',
    verdict: 'unsure',
    because:
      'those who have lost it are not more than half of all who could tell; they may be the ones who are cut off',
    when: (seen) => !seen.enough && (lost(seen.controller) || lost(seen.agent)) && someOtherLost(seen),
  },
  {
    id: 'no-second-witness',
    verdict: 'unsure',
    because: 'only one witness cannot reach it; it may be that witness which is cut off',
    when: ({ controller, agent, peers, replicas }) => [controller, agent, ...peers, ...replicas].some(lost),
  },
  {
    id: 'nobody-can-tell',
    verdict: 'unsure',
    because: 'no witness knows anything of it yet',
    when: () => true,
  },
];

export function judge(
  testimonies: readonly Testimony[],
  { open, untestable = [], observers }: Context = { open: [] },
): Pick<Judgement, 'verdict' | 'rule' | 'because'> {
  const of = (kind: WitnessKind) => testimonies.filter((each) => each.kind === kind).map(({ says }) => says);
  const agent = of('agent')[0];
  const views: Views = {
    open: open.length > 0 || (untestable.length > 0 && !lost(agent)),
    enough: enough(testimonies, observers),
    controller: of('controller')[0],
    agent,
    peers: of('peer'),
    replicas: of('replica'),
  };
  const row = judgementTable.find(({ when }) => when(views));
  if (!row) throw new RangeError('the last row always applies');
  return { verdict: row.verdict, rule: row.id, because: row.because };
}

function enough(testimonies: readonly Testimony[], observers: number | undefined): boolean {
  const watching = testimonies.filter(({ kind }) => kind !== 'agent');
  if (watching.some(({ says }) => says === 'gone')) return true;
  const agent = testimonies.filter(({ kind, says }) => kind === 'agent' && lost(says)).length;
  const of = Math.max(observers ?? 0, watching.length) + agent;
  return 2 * (watching.filter(({ says }) => lost(says)).length + agent) > of;
}
