/**
 * Reads what a node says of its cluster: the texts of CLUSTER NODES and CLUSTER INFO. Format:
 * https://redis.io/docs/latest/commands/cluster-nodes/ and clusterGenNodeDescription() in cluster.c. A line that is none
 * is left out: newer servers may add what is not known here.
 */
import { type Address, serverId } from '../../core/identity.ts';
import type { ClusterNode, ClusterView, NodeFlag } from '../../core/shards/cluster-view.ts';
import { SLOT_COUNT, type SlotRange, slotSet } from '../../core/shards/slots.ts';
import { infoNumber, parseInfo } from '../resp/info.ts';

export interface SaidByNode {
  /** Where it was asked: a node that was never met does not know its own address. */
  readonly askedAt: Address;
  /** Epoch milliseconds. */
  readonly at: number;
  /** CLUSTER NODES. */
  readonly nodes: string;
  /** CLUSTER INFO. */
  readonly info: string;
}

export function clusterView({ askedAt, at, nodes: text, info }: SaidByNode): ClusterView {
  const said = parseInfo(info);
  return viewOfNodes(text, {
    askedAt,
    at,
    currentEpoch: infoNumber(said, 'cluster_current_epoch') ?? 0,
    state: said.get('cluster_state') === 'ok' ? 'ok' : 'fail',
  });
}

/** For those who ask for CLUSTER NODES alone, many times. */
export function viewOfNodes(
  text: string,
  rest: { readonly askedAt: Address } & Pick<ClusterView, 'at' | 'currentEpoch' | 'state'>,
): ClusterView {
  const { askedAt, ...view } = rest;
  const nodes = readNodes(text).map((node) =>
    node.flags.includes('myself') && node.address === undefined ? { ...node, address: askedAt } : node,
  );
  const self = nodes.find((node) => node.flags.includes('myself'));
  return { ...view, by: self?.id ?? serverId(''), nodes };
}

export function readNodes(text: string): readonly ClusterNode[] {
  return text.split('\n').flatMap((line) => readLine(line.trim()) ?? []);
}

const words: Readonly<Record<string, NodeFlag>> = {
  myself: 'myself',
  master: 'primary',
  slave: 'replica',
  'fail?': 'pfail',
  fail: 'fail',
  handshake: 'handshake',
  noaddr: 'noaddr',
  nofailover: 'nofailover',
};

function readLine(line: string): ClusterNode | undefined {
  const [id = '', place = '', flags = '', source = '', ping, pong, epoch, link, ...slots] = line.split(' ');
  if (!/^[0-9a-f]{40}$/.test(id) || link === undefined) return undefined;
  return {
    id: serverId(id),
    ...readPlace(place),
    flags: flags.split(',').flatMap((word) => words[word] ?? []),
    ...(/^[0-9a-f]{40}$/.test(source) ? { sourceId: serverId(source) } : {}),
    pingSentAt: Number(ping) || 0,
    pongAt: Number(pong) || 0,
    configEpoch: Number(epoch) || 0,
    link: link === 'connected' ? 'connected' : 'disconnected',
    ...readSlots(slots),
  };
}

type Place = Pick<ClusterNode, 'address' | 'busPort' | 'hostname'>;

/** `ip:port@busport`, then perhaps `,hostname` and `,name=value` of newer servers; `:0@0` when nobody knows it. */
function readPlace(place: string): Place {
  const [endpoint = '', hostname = ''] = place.split(',');
  const [, host = '', port = '', bus = ''] = /^(.*):(\d+)(?:@(\d+))?$/.exec(endpoint) ?? [];
  return {
    ...(host === '' || Number(port) === 0 ? {} : { address: { host, port: Number(port) } }),
    ...(Number(bus) > 0 ? { busPort: Number(bus) } : {}),
    ...(hostname === '' || hostname === '?' || hostname.includes('=') ? {} : { hostname }),
  };
}

type Slots = Pick<ClusterNode, 'slots' | 'migrating' | 'importing'>;

/** `0-5460 5462`; `[93->-id]` goes to that node, `[77-<-id]` comes from it. */
function readSlots(parts: readonly string[]): Slots {
  const ranges: SlotRange[] = [];
  const migrating: { slot: number; to: ReturnType<typeof serverId> }[] = [];
  const importing: { slot: number; from: ReturnType<typeof serverId> }[] = [];
  for (const part of parts) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first !== undefined) ranges.push({ first: Number(first), last: Number(last ?? first) });
    const [, open, way, id] = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(part) ?? [];
    if (id === undefined || Number(open) >= SLOT_COUNT) continue;
    if (way === '>') migrating.push({ slot: Number(open), to: serverId(id) });
    else importing.push({ slot: Number(open), from: serverId(id) });
  }
  return { slots: slotSet(ranges), migrating, importing };
}
