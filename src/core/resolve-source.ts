/**
 * Finds which member of a cluster a replication channel comes from. A replica knows its source by the address
 * it was given, which need not be the one we know; the source's UUID, where the engine tells it, is certain.
 */

import { compareNames } from './compare-names.ts';
import { type Address, sameAddress } from './identity.ts';
import type { ReplicationChannel } from './observation.ts';
import type { ServerFacts } from './server-facts.ts';

export interface Upstream {
  readonly channel: ReplicationChannel;
  /** Absent when the source is no member of the cluster. */
  readonly source?: ServerFacts;
}

/**
 * The channel that gives a server its place in the tree: of several, the first by name whose source is a
 * member; when none is, the first by name. Undefined when it takes changes from nobody.
 */
export function resolveUpstream(server: ServerFacts, members: readonly ServerFacts[]): Upstream | undefined {
  const channels = [...(server.seen?.channels ?? [])].sort((a, b) => compareNames(a.name, b.name));
  for (const channel of channels) {
    const source = findSource(channel, server, members);
    if (source !== undefined) return { channel, source };
  }
  const [first] = channels;
  return first === undefined ? undefined : { channel: first };
}

/** By UUID first; then by the addresses we know a member by, the surest of them first. Never the replica itself. */
export function findSource(
  channel: ReplicationChannel,
  replica: ServerFacts,
  members: readonly ServerFacts[],
): ServerFacts | undefined {
  const others = members.filter((member) => member.id !== replica.id);
  const uuid = channel.sourceUuid?.toLowerCase();
  if (uuid !== undefined) {
    const named = others.find((member) => uuidsOf(member).includes(uuid));
    if (named !== undefined) return named;
  }
  const possible = others.filter((member) => !contradicts(channel, member));
  return addressKinds
    .map((kind) =>
      possible.find((member) => kind(member).some((known) => sameAddress(known, channel.source))),
    )
    .find((member) => member !== undefined);
}

const addressKinds: readonly ((member: ServerFacts) => readonly Address[])[] = [
  (member) => [member.address],
  (member) => [member.settings.address],
  (member) => (member.seen?.announced === undefined ? [] : [member.seen.announced]),
  (member) => member.aliases,
];

function uuidsOf(member: ServerFacts): readonly string[] {
  const uuids: readonly string[] = [member.id, member.seen?.uuid ?? member.id];
  return uuids.map((uuid) => uuid.toLowerCase());
}

/**
 * Two servers may bear one address as seen from two hosts (127.0.0.1). While the receiver runs, the UUID it
 * tells is that of the server at the other end; when it does not run, the UUID may be of one long replaced.
 */
function contradicts(channel: ReplicationChannel, member: ServerFacts): boolean {
  return (
    channel.receiver === 'running' &&
    channel.sourceUuid !== undefined &&
    member.seen?.uuid !== undefined &&
    channel.sourceUuid.toLowerCase() !== member.seen.uuid.toLowerCase()
  );
}
