import { expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { ServerLink } from '../../core/engine.ts';
import type { Observation } from '../../core/observation.ts';
import { cluster, nodeNamed } from '../../core/testing/cluster-builder.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Member } from './member.ts';

const call = { signal: new AbortController().signal, deadlineMs: 1000 };
const lost = new Fault('connection-lost', 'Connection lost');
const refused = new Fault('server-unreachable', 'connect: refused', { details: { refused: true } });

/** Of a server that gives these answers, one a question. */
async function looked(...answers: readonly (Observation | Fault)[]): Promise<Member> {
  const left = [...answers];
  const probe = async (): Promise<Observation> => {
    const answer = left.shift();
    if (answer === undefined) throw new Error('it was asked too often');
    if (answer instanceof Fault) throw answer;
    return answer;
  };
  const link = { address: { host: '10.0.0.1', port: 3306 }, probe };
  const member = new Member({
    link: link as unknown as ServerLink,
    clock: new VirtualClock(),
    configured: true,
  });
  await member.look(call);
  expect(left).toEqual([]);
  return member;
}

const { seen } = nodeNamed(cluster().primary('db1').topology(), 'db1');
if (!seen) throw new Error('db1 was seen');

it('a look whose connection ends under it asks once more, over a new one', async () => {
  const member = await looked(lost, seen);
  expect(member.failure).toBeUndefined();
  expect(member.reachable).toBe(true);
});

it.each([
  ['what the new one meets counts', [lost, refused], 'refused'],
  ['one that ends as well is a reset', [lost, lost], 'reset'],
  ['nothing else is asked twice', [refused], 'refused'],
] as const)('%s', async (_what, answers, code) => {
  const member = await looked(...answers);
  expect(member.failure?.code).toBe(code);
  expect(member.failures).toBe(1);
});
