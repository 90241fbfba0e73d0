import { describe, expect, it } from 'vitest';
import { position } from '../positions.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { cluster, nodeNamed } from '../testing/cluster-builder.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { followFromPlace, type PlaceCasting, placeOfDead, survivorsOf } from './place-steps.ts';

const log = { file: 'bin.000002', offset: 400 };
const byPlace: ServerTraits = { gtid: false, seen: { anonymous: true }, log };

function casting(traits: ServerTraits): PlaceCasting {
  const built = cluster().primary('db1').replica('db2', traits).replica('db3', traits);
  const topology = built.topology();
  const node = (name: string): SeenNode => {
    const found = nodeNamed(topology, name);
    if (!isSeen(found)) throw new Error(`${name} is seen`);
    return found;
  };
  const limits = { durability: 'available', maxLoss: 'any', lastSeen: position('db1:100') } as const;
  return { candidate: node('db2'), survivors: [node('db3')], limits };
}

const gathered = ({ name }: SeenNode) => ({ step: `gather:${name}` });

describe('where servers have no GTIDs', () => {
  it.each<[string, ServerTraits, string | undefined]>([
    ['all is told by places in the log of the dead', byPlace, 'db1:100'],
    ['not so with GTIDs', {}, undefined],
    ['nor where a server can say nothing', { gtid: false }, undefined],
  ])('%s', (_what, traits, place) => {
    expect(placeOfDead(casting(traits))).toBe(place);
  });

  it.each<[string, ServerTraits, object | undefined]>([
    ['each says where it stood in its own log, the candidate first', byPlace, log],
    [
      'one without a log does not',
      { ...byPlace, log: { enabled: false, file: undefined } as never },
      undefined,
    ],
    ['with GTIDs nobody needs it', { log }, undefined],
  ])('%s', (_what, traits, logged) => {
    const survivors = survivorsOf(casting(traits), gathered);
    expect(survivors.map(({ server, gathered: { step } }) => [server.name, step])).toEqual([
      ['db2', 'gather:db2'],
      ['db3', 'gather:db3'],
    ]);
    expect(survivors.map((each) => each.logged)).toEqual([logged, logged]);
  });

  it('a survivor goes on in the log of the candidate, from what it had gathered', () => {
    const given = casting(byPlace);
    const [db3] = given.survivors;
    if (!db3) throw new Error('it survives');
    const told = { gathered: { step: 'gather:db3' }, places: { step: 'level:db2' } };
    expect(followFromPlace(given, db3, told)).toMatchObject({
      ...{ verb: 'follow-from-place', server: { name: 'db3' }, source: { name: 'db2' } },
      ...{ settings: { wasPrimary: false }, ...told },
    });
  });
});
