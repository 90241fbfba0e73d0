import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../finding.ts';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { precedences } from './precedence.ts';
import { rules } from './rules.ts';

const chain = cluster('orders')
  .primary('db1')
  .replica('db2')
  .replica('db3', { source: 'db2' })
  .replica('db4', { source: 'db3' })
  .replica('db5');
const silent: ServerTraits = { unreachable: true };
const lost: ServerTraits = { receiver: 'connecting' };
const stopped: ServerTraits = { receiver: 'stopped' };

function afterOf(
  builder: ClusterBuilder,
  code: FindingCode,
  server?: string,
): readonly FindingCode[] | undefined {
  const found = findingsOf(builder).find((each) => each.code === code && each.server === server);
  expect(found, `${code} of ${server}`).toBeDefined();
  return found?.after;
}

describe('to be handled first', () => {
  test('is nothing, where nothing else is wrong', () => {
    expect(afterOf(chain.with('db5', stopped), 'replica-stopped', 'db5')).toBeUndefined();
  });

  test('are several writable servers, before all else', () => {
    const split = chain.primary('db9').with('db5', { lagSeconds: 99 });
    expect(afterOf(split, 'replica-lagging', 'db5')).toEqual(['several-writable']);
    expect(afterOf(split, 'several-writable')).toBeUndefined();
  });

  test('is the dead primary, before what follows from it', () => {
    const dead = chain.with('db1', silent).with('db2', lost).with('db5', stopped);
    expect(afterOf(dead, 'dead-primary', 'db1')).toBeUndefined();
    expect(afterOf(dead, 'replica-stopped', 'db5')).toEqual(['dead-primary']);
    expect(afterOf(dead, 'no-primary')).toEqual(['dead-primary']);
    const twice = dead.with('db3', silent).with('db4', lost);
    expect(afterOf(twice, 'dead-intermediate-source', 'db3')).toEqual(['dead-primary']);
  });

  test('is a source, before those below it, however far, and not before others', () => {
    const dead = chain.with('db2', silent).with('db3', lost).with('db4', stopped).with('db5', stopped);
    expect(afterOf(dead, 'replica-stopped', 'db4')).toEqual(['dead-intermediate-source']);
    expect(afterOf(dead, 'replica-stopped', 'db5')).toBeUndefined();
    expect(
      afterOf(chain.with('db2', stopped).with('db4', { lagSeconds: 99 }), 'replica-lagging', 'db4'),
    ).toEqual(['replica-stopped']);
  });

  test('are errant transactions, before replication goes on; and writes on the replica, before these', () => {
    const errant = chain.with('db5', { ...stopped, errant: 1, writeMode: 'writable' });
    expect(afterOf(errant, 'replica-stopped', 'db5')).toEqual(['errant-transactions']);
    expect(afterOf(errant, 'errant-transactions', 'db5')).toEqual(['replica-writable']);
    expect(afterOf(errant.with('db2', stopped), 'replica-stopped', 'db2')).toBeUndefined();
  });

  test('are the replicas, before what their source suffers from', () => {
    const semiSync = { sourceEnabled: true, sourceActive: true, connectedReplicas: 0 };
    const locked = chain.with('db1', { semiSync }).with('db2', stopped).with('db5', silent);
    expect(afterOf(locked, 'semi-sync-short', 'db1')).toEqual(['replica-stopped', 'server-unreachable']);
    expect(afterOf(locked.with('db3', stopped), 'no-replica-replicates', 'db2')).toEqual(['replica-stopped']);
  });

  test('is anything of the other members of a ring, to the end of the walk around it', () => {
    const ring = cluster()
      .primary('a', { source: 'b', ...silent })
      .replica('b', lost)
      .replica('c', stopped);
    expect(afterOf(ring, 'replica-stopped', 'c')).toEqual(['dead-co-primary']);
  });
});

describe('the table of precedences', () => {
  const all = rules.map(({ code }) => code);
  const nextOf = (code: FindingCode): readonly FindingCode[] =>
    precedences
      .filter(({ first }) => first.includes(code))
      .flatMap(({ next }) => (next === 'all others' ? all.filter((other) => other !== code) : next));

  test('goes round in no circle, so that something can always be handled first', () => {
    const visit = (code: FindingCode, path: readonly FindingCode[]): void => {
      expect(path, `${[...path, code].join(' → ')}`).not.toContain(code);
      for (const next of nextOf(code)) visit(next, [...path, code]);
    };
    for (const code of all) visit(code, []);
  });

  test('says why in sentences', () => {
    for (const { because } of precedences) expect(because).toMatch(/^[A-Z].{30,}\.$/u);
  });
});
