/** The channels of a cluster as rules look at them: with the replica, and the source in words. */
import { formatAddress } from '../identity.ts';
import type { ReplicationChannel, ReplicationError } from '../observation.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';
import { failsToConnect } from './connect-error.ts';
import { answering, type SeenNode } from './seen.ts';

export interface ChannelOf {
  readonly server: SeenNode;
  readonly channel: ReplicationChannel;
  /** The source, when it is a member and this channel is the one that makes the tree. */
  readonly source?: Node;
  /** The source's name, else its address; with the channel's name where it has one. */
  readonly from: string;
}

/** Every channel of every server that answers, those of multi-source replicas included. */
export function channelsOf(topology: Topology): readonly ChannelOf[] {
  return answering(topology).flatMap((server) =>
    server.seen.channels.map((channel) => {
      const isTree = channel.name === server.channel?.name && server.source !== undefined;
      const source = isTree && server.source !== undefined ? nodeById(topology, server.source) : undefined;
      const address = formatAddress(channel.source);
      const from = `${source?.name ?? address}${channel.name === '' ? '' : ` (channel ${channel.name})`}`;
      return { server, channel, from, ...(source === undefined ? {} : { source }) };
    }),
  );
}

export function channelEvidence({
  channel,
  from,
}: ChannelOf): Readonly<Record<'channel' | 'source' | 'receiver' | 'applier', string>> {
  return { channel: channel.name, source: from, receiver: channel.receiver, applier: channel.applier };
}

interface FailingThread {
  readonly thread: 'receiver' | 'applier';
  readonly error: ReplicationError;
}

/** A thread that runs has got over the error it may still show. */
export function failingThreads({ channel }: ChannelOf): readonly FailingThread[] {
  const { receiver, receiverError, applier, applierError } = channel;
  return [
    ...(receiverError === undefined || receiver === 'running'
      ? []
      : [{ thread: 'receiver', error: receiverError } as const]),
    ...(applierError === undefined || applier === 'running'
      ? []
      : [{ thread: 'applier', error: applierError } as const]),
  ];
}

type NotReplicating = 'not_replicating' | 'FirstTierReplicaFailingToConnectToMaster';

/** Orchestrator's name for a replica whose receiver does not run. */
export function replicationName({ server, channel }: ChannelOf): NotReplicating {
  const isTree = channel.name === server.channel?.name;
  return isTree && server.depth === 1 && failsToConnect(channel)
    ? 'FirstTierReplicaFailingToConnectToMaster'
    : 'not_replicating';
}
