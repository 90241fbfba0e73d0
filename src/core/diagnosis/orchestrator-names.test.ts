import { describe, expect, test } from 'vitest';
import { type ClusterBuilder, cluster, nodeNamed } from '../testing/cluster-builder.ts';
import { connectError, sourceError } from '../testing/receiver-errors.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import type { Node } from '../topology.ts';
import { nameForForsaken, nameForSilent } from './orchestrator-names.ts';
import { witnesses } from './witnesses.ts';

const lost: ServerTraits = { receiver: 'connecting' };
const refused: ServerTraits = {
  receiver: 'connecting',
  receiverError: connectError(2003, "error connecting to master 'repl@10.0.0.1:3306'"),
};
const silent: ServerTraits = { unreachable: true };
const late: ServerTraits = { lagSeconds: 60 };
const lateOnPurpose: ServerTraits = { lagSeconds: 60, delaySeconds: 60 };

function nameOf(builder: ClusterBuilder, name: string): string | undefined {
  const topology = builder.topology();
  const node: Node = nodeNamed(topology, name);
  return nameForSilent(node, witnesses(node, topology, 10_000));
}

function withReplicas(
  base: ClusterBuilder,
  source: string,
  replicas: readonly ServerTraits[],
): ClusterBuilder {
  return replicas.reduce<ClusterBuilder>(
    (builder, traits, index) => builder.replica(`r${index}`, { source, ...traits }),
    base,
  );
}

describe('a silent primary', () => {
  const primary = cluster().primary('p', silent);
  test.each<[string, readonly ServerTraits[]]>([
    ['DeadMasterWithoutReplicas', []],
    ['DeadMaster', [lost]],
    ['DeadMaster', [lost, { applier: 'stopped' }]],
    ['DeadMasterAndReplicas', [silent, silent]],
    ['DeadMasterAndSomeReplicas', [silent, lost]],
    ['UnreachableMaster', [{}, lost]],
    ['UnreachableMaster', [{}, silent]],
    ['UnreachableMaster', [late, {}]],
    ['UnreachableMaster', [{ lagSeconds: 10 }]],
    ['UnreachableMasterWithLaggingReplicas', [late, late]],
    ['UnreachableMasterWithLaggingReplicas', [late, lateOnPurpose]],
    ['UnreachableMaster', [lateOnPurpose, lateOnPurpose]],
  ])('is %s with replicas %j', (name, replicas) => {
    expect(nameOf(withReplicas(primary, 'p', replicas), 'p')).toBe(name);
  });
});

describe('a silent co-primary', () => {
  const ring = (peer: ServerTraits): ClusterBuilder =>
    cluster()
      .primary('p', { source: 'q', ...silent })
      .replica('q', { source: 'p', ...peer });
  test.each<[string | undefined, ServerTraits, readonly ServerTraits[]]>([
    ['DeadCoMaster', lost, [lost]],
    ['DeadCoMasterAndSomeReplicas', lost, [silent]],
    ['UnreachableCoMaster', {}, [lost]],
    [undefined, silent, []],
  ])('is %s with a peer %j and replicas %j', (name, peer, replicas) => {
    expect(nameOf(withReplicas(ring(peer), 'p', replicas), 'p')).toBe(name);
  });
});

describe('a silent replica', () => {
  const middle = cluster().primary('p').replica('m', silent);
  test.each<[string, readonly ServerTraits[]]>([
    ['last_check_invalid', []],
    ['DeadIntermediateMasterWithSingleReplicaFailingToConnect', [refused]],
    ['DeadIntermediateMasterWithSingleReplica', [lost]],
    ['DeadIntermediateMaster', [refused, lost]],
    ['DeadIntermediateMasterAndSomeReplicas', [refused, silent]],
    ['DeadIntermediateMasterAndReplicas', [silent]],
    ['UnreachableIntermediateMasterWithLaggingReplicas', [late]],
    ['UnreachableIntermediateMaster', [{}, late]],
  ])('is %s with replicas %j', (name, replicas) => {
    expect(nameOf(withReplicas(middle, 'm', replicas), 'm')).toBe(name);
  });
});

describe('an intermediate source that answers, and whose replicas do not replicate', () => {
  const middle = cluster().primary('p').replica('m');
  const all = 'AllIntermediateMasterReplicasFailingToConnectOrDead';
  const none = 'AllIntermediateMasterReplicasNotReplicating';
  test.each<[string, readonly ServerTraits[]]>([
    [all, [refused, refused]],
    [all, [refused, silent]],
    [none, [refused]],
    [none, [refused, { applier: 'stopped' }]],
    [none, [silent, silent]],
  ])('is %s with replicas %j', (name, replicas) => {
    const topology = withReplicas(middle, 'm', replicas).topology();
    const node = nodeNamed(topology, 'm');
    expect(nameForForsaken(node, witnesses(node, topology, 10_000))).toBe(name);
  });
});

test('a failure to connect is told by its message only, and only while the applier runs', () => {
  const count = (traits: ServerTraits): number => {
    const topology = withReplicas(cluster().primary('p', silent), 'p', [traits]).topology();
    return witnesses(nodeNamed(topology, 'p'), topology, 10_000).failingToConnect;
  };
  expect(count(refused)).toBe(1);
  expect(count({ ...refused, applier: 'stopped' })).toBe(0);
  expect(count({ ...refused, receiver: 'running' })).toBe(0);
  expect(count({ receiverError: connectError(2003, 'Error reconnecting to source') })).toBe(1);
  expect(count({ receiverError: sourceError(1236, 'log purged') })).toBe(0);
});
