/** Why the slots or the members of a cluster are not changed. */
import { listing } from '../wording.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { countSlots, formatSlots } from './slots.ts';

export type ChangeRefusalCode =
  | 'slots-open'
  | 'slots-uncovered'
  | 'views-disagree'
  | 'node-unreachable'
  | 'no-primary'
  | 'unknown-node'
  | 'not-a-primary'
  | 'not-a-replica'
  | 'node-in-use'
  | 'node-not-a-cluster'
  | 'too-few-nodes'
  | 'too-few-slots'
  | 'weight-invalid'
  | 'has-slots'
  | 'last-primary'
  | 'timeout-invalid';

export interface ChangeRefusal {
  readonly code: ChangeRefusalCode;
  readonly node?: NodeId;
  readonly fact: string;
  readonly needs: string;
}

/** A result, or all that stands in its way. */
export type Planned<T> =
  | { readonly ok: true; readonly plan: T }
  | { readonly ok: false; readonly refusals: readonly ChangeRefusal[] };

export function planUnless<T>(refusals: readonly ChangeRefusal[], plan: () => T): Planned<T> {
  return refusals.length > 0 ? { ok: false, refusals } : { ok: true, plan: plan() };
}

/** What must be mended first, as redis-cli's check demands before it touches slots or members (redis.md §4). */
export function unfitForChange(picture: ClusterPicture): readonly ChangeRefusal[] {
  const { open, unassigned, disagreements, quorum } = picture;
  const silent = quorum.voters.filter((id) => !quorum.answering.includes(id));
  const differing = disagreements.filter(({ fact }) => fact === 'owner' || fact === 'role');
  const found: readonly (ChangeRefusal | false)[] = [
    silent.length > 0 && {
      code: 'node-unreachable',
      fact: `${listing(silent)} ${silent.length === 1 ? 'does' : 'do'} not answer`,
      needs: 'all primaries that have slots',
    },
    open.length > 0 && {
      code: 'slots-open',
      fact: `slots are open: ${open.map(({ slot }) => slot).join(' ')}`,
      needs: 'the move finished, or a fix',
    },
    unassigned.length > 0 && {
      code: 'slots-uncovered',
      fact: `${countSlots(unassigned)} slots belong to nobody: ${formatSlots(unassigned)}`,
      needs: 'a fix',
    },
    differing.length > 0 && {
      code: 'views-disagree',
      fact: 'the nodes do not agree on who owns which slots',
      needs: 'nodes that agree, or a fix',
    },
  ];
  return found.filter((refusal) => refusal !== false);
}
