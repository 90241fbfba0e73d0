import { expect, it } from 'vitest';
import { operationId, serverId } from '../identity.ts';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { planFencing } from './plan-fencing.ts';

const engine = { title: 'MariaDB', privilegedMayWrite: true };
const replacedBy = operationId('op-2');

/** Db3 took the place of db1; db2 may have been the primary in between. */
const having = (traits: ServerTraits): ClusterBuilder =>
  cluster().primary('db3').with('db1', { unreachable: true, replacedBy }).with('db2', traits);

function fenced(built: ClusterBuilder): string {
  const planned = planFencing(built.topology(), serverId('db3'), built.policy(), engine);
  return planned.ok ? planned.plan.from.name : 'nobody';
}

it.each<[string, ServerTraits, string]>([
  ['one that was replaced and takes writes', { writeMode: 'writable', replacedBy }, 'db2'],
  [
    'one whose promotion nobody saw the end of still knows its old source',
    { writeMode: 'writable', replacedBy, source: 'db1' },
    'db2',
  ],
  ['one that takes none', { writeMode: 'read-only', replacedBy, source: 'db1' }, 'nobody'],
  [
    'one that follows the new primary is a replica, whatever it lets people write',
    { writeMode: 'writable', replacedBy, source: 'db3' },
    'nobody',
  ],
  ['one that nobody replaced', { writeMode: 'writable', source: 'db1' }, 'nobody'],
])('%s', (_what, traits, whom) => {
  expect(fenced(having(traits))).toBe(whom);
});
