/** What is added to a plan where the servers of a cluster hand over among themselves. */

import { shardOf } from '../shards/cluster-picture.ts';
import { type HandOverMode, type HandOverRefusal, handOverRefusals } from '../shards/hand-over-facts.ts';
import { handOverGuarantee, handOverWarnings } from '../shards/hand-over-guarantee.ts';
import type { ShardSituation } from '../shards/shard-situation.ts';
import type { Refusal, RequestedSwitchover } from '../switchover-request.ts';
import type { Node } from '../topology.ts';
import type { Situation } from './situation.ts';

export type HandOverAmong =
  | {
      readonly ok: true;
      readonly mode: HandOverMode;
      readonly guarantee: string;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

interface Parties {
  readonly primary: Node;
  readonly candidate: Node;
}

/** Undefined on engines of another kind. */
export function handOverAmong(
  { shards }: Situation,
  parties: Parties,
  { mode = 'default' }: RequestedSwitchover,
): HandOverAmong | undefined {
  return shards && judgeMode(shards, parties, mode, 'alive');
}

export function judgeMode(
  shards: ShardSituation,
  { primary, candidate }: Parties,
  mode: HandOverMode,
  primaryIs: 'alive' | 'down' | 'unsure',
): HandOverAmong {
  const { picture, sights, elections, now, nameOf: name } = shards;
  const sight = sights.get(candidate.id);
  if (!sight) {
    const fact = `${candidate.name} does not answer`;
    const needs = 'a replica that answers';
    return { ok: false, refusals: [{ code: 'candidate-unreachable', server: candidate.id, fact, needs }] };
  }
  const { nodeTimeoutMs, server, replication } = sight;
  const refused = handOverRefusals({
    picture,
    views: [...sights.values()].map(({ view }) => view),
    candidate: candidate.id,
    mode,
    elections,
    nodeTimeoutMs,
    now,
    server,
    ...(replication === undefined ? {} : { replication }),
    name,
  });
  if (refused.length > 0) return { ok: false, refusals: refused.map(asRefusal) };
  const shard = shardOf(picture, candidate.id);
  const told = shard ? handOverWarnings({ picture, shard, mode, name }) : [];
  return {
    ok: true,
    mode,
    guarantee: handOverGuarantee({ mode, primary: primary.name, candidate: candidate.name, primaryIs }).text,
    warnings: told.map(({ text }) => text),
  };
}

const asRefusal = ({ code, node: server, fact, needs }: HandOverRefusal): Refusal => ({
  code,
  server,
  fact,
  needs,
});
