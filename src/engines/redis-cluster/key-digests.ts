/**
 * Whether two nodes have the same under a key. DEBUG DIGEST-VALUE, which redis-cli uses, is off in most servers since 7.0;
 * a digest of the key's serialised value is made by a script instead. Two servers may write an equal hash or set down in
 * different orders: equal digests prove, different ones do not.
 */
import type { Call } from '../../core/clock.ts';
import type { Command } from '../resp/resp-connection.ts';
import type { ClusterNodeLink } from './cluster-node.ts';

const script = "local v = redis.call('DUMP', KEYS[1]) if v then return redis.sha1hex(v) end return false";

export interface ComparedKeys {
  /** The same, or the target has none. */
  readonly same: readonly string[];
  readonly different: readonly string[];
}

export async function compareKeys(
  keys: readonly string[],
  between: { readonly source: ClusterNodeLink; readonly target: ClusterNodeLink },
  call: Call,
): Promise<ComparedKeys> {
  const [own, other] = await Promise.all(
    [between.source, between.target].map((node) => digestsOf(keys, node, call)),
  );
  const differs = (_: string, at: number): boolean => {
    const there = other?.[at];
    return there !== null && there !== own?.[at];
  };
  return { same: keys.filter((key, at) => !differs(key, at)), different: keys.filter(differs) };
}

/** ASKING: the node may import the slot, and would send us to its owner. */
async function digestsOf(
  keys: readonly string[],
  node: ClusterNodeLink,
  call: Call,
): Promise<readonly unknown[]> {
  const commands = keys.flatMap((key): readonly Command[] => [['ASKING'], ['EVAL', script, 1, key]]);
  return (await node.send('compare keys', commands, call)).filter((_, at) => at % 2 === 1);
}
