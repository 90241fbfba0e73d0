/**
 * Which problem is to be handled before which: causes before what follows from them, and what makes a repair unsafe
 * before the repair. VTOrc orders its recoveries so, shard by shard (its BeforeAnalyses and AfterAnalyses).
 */
import type { FindingCode } from '../finding.ts';

export interface Precedence {
  readonly first: readonly FindingCode[];
  readonly next: readonly FindingCode[] | 'all others';
  /**
   * Where the first must be, seen from the server of the other: anywhere in the cluster, on that very server, on any
   * server above it, or on one of its direct replicas.
   */
  readonly where: 'cluster' | 'same server' | 'above' | 'replica';
  readonly because: string;
}

const notReplicating = ['replica-broken', 'replica-stopped', 'replica-cannot-connect'] as const;
const silentSources = [
  'dead-primary',
  'dead-co-primary',
  'primary-unreachable',
  'dead-intermediate-source',
  'intermediate-source-unreachable',
] as const;

export const precedences: readonly Precedence[] = [
  {
    first: ['several-writable'],
    next: 'all others',
    where: 'cluster',
    because: 'As long as two servers take writes, each repair carries one history further from the other.',
  },
  {
    first: ['dead-primary', 'dead-co-primary', 'primary-unreachable'],
    next: ['no-primary', 'primary-read-only'],
    where: 'cluster',
    because: 'There is no primary because that one is gone; a failover, or its return, brings one.',
  },
  {
    first: ['dead-primary', 'dead-co-primary'],
    next: ['dead-intermediate-source', 'intermediate-source-unreachable'],
    where: 'cluster',
    because:
      'What is below an intermediate source is put under a server that follows the primary: first the primary.',
  },
  {
    first: silentSources,
    next: [...notReplicating, 'replica-lagging'],
    where: 'above',
    because: 'A replica cannot follow a source that is gone; it is given another, or its source comes back.',
  },
  {
    first: [...notReplicating],
    next: ['replica-lagging'],
    where: 'above',
    because: 'What a source does not get, it cannot pass on.',
  },
  {
    first: ['disk-stuck'],
    next: [...silentSources, 'server-unreachable'],
    where: 'same server',
    because: 'It answers nobody because of its disk.',
  },
  {
    first: [...silentSources, 'server-unreachable'],
    next: ['agent-silent'],
    where: 'same server',
    because: 'A host that is gone takes its agent with it.',
  },
  {
    first: ['replica-writable'],
    next: ['errant-transactions'],
    where: 'same server',
    because: 'A replica that takes writes goes on making errant transactions.',
  },
  {
    first: ['errant-transactions'],
    next: [...notReplicating],
    where: 'same server',
    because:
      'Errant transactions may be why it does not replicate; and put to work again it would spread them.',
  },
  {
    first: ['duplicate-server-id'],
    next: [...notReplicating, 'replica-lagging'],
    where: 'same server',
    because: 'Two servers of one number throw each other off their source: no other repair lasts.',
  },
  {
    first: ['gtid-off'],
    next: ['gtid-modes-differ'],
    where: 'replica',
    because: 'Once GTIDs are on there, the modes are the same.',
  },
  {
    first: [...notReplicating, 'server-unreachable', ...silentSources],
    next: ['no-replica-replicates', 'semi-sync-locked', 'semi-sync-short', 'semi-sync-inactive'],
    where: 'replica',
    because:
      'The source is well; its replicas are what is to be mended, and then they acknowledge again, too.',
  },
];
