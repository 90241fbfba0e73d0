/** What is worth saying of a server beside its numbers, the most urgent first. */
import { formatAddress } from '../identity.ts';
import type { Observation, ProbeFailure } from '../observation.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';
import { duration } from './duration.ts';
import { type Span, span } from './span.ts';

export function notes(node: Node, topology: Topology): readonly Span[] {
  const live = node.reachable ? node.seen : undefined;
  return [
    ...silence(node, topology.at),
    ...(live === undefined ? [] : threads(node)),
    ...(live === undefined ? [] : semiSync(node, live)),
    ...sources(node, topology),
    ...delay(node),
    ...rule(node),
    ...downtime(node, topology.at),
  ];
}

const failures: Readonly<Record<ProbeFailure['code'], string>> = {
  refused: 'refused',
  unreachable: 'no way to it',
  reset: 'reset',
  'timed-out': 'timed out',
  'access-denied': 'access denied',
  'too-many-connections': 'too many connections',
  failed: 'failed',
};

function silence(node: Node, at: number): readonly Span[] {
  if (node.reachable) return [];
  const why = node.failure === undefined ? '' : ` (${failures[node.failure.code]})`;
  if (node.seen === undefined) return [span(`never seen${why}`, 'red')];
  const ago = duration(Math.max(0, at - node.seen.observedAt) / 1000);
  return [span(`unreachable${why}, last seen ${ago} ago`, 'red')];
}

function threads({ channel }: Node): readonly Span[] {
  if (channel?.receiver === 'stopped' || channel?.applier === 'stopped') return [span('stopped', 'yellow')];
  return channel?.receiver === 'connecting' ? [span('connecting', 'yellow')] : [];
}

/** The side that matters here: waiting for others where writes are taken, acknowledging elsewhere. */
function semiSync(node: Node, { semiSync: state, writeMode }: Observation): readonly Span[] {
  const isSource = node.role === 'primary' || (node.role === 'co-primary' && writeMode === 'writable');
  if (!(isSource ? state.sourceEnabled : state.replicaEnabled)) return [];
  if (!(isSource ? state.sourceActive : state.replicaActive)) return [span('semi-sync inactive', 'yellow')];
  return [span(isSource && state.requiredAcks > 1 ? `semi-sync ${state.requiredAcks} acks` : 'semi-sync')];
}

/** Sources that the tree itself does not show. */
function sources(node: Node, topology: Topology): readonly Span[] {
  const texts: string[] = [];
  const source = node.source === undefined ? undefined : nodeById(topology, node.source);
  if (node.role === 'co-primary' && source !== undefined) texts.push(`follows ${source.name}`);
  if (node.channel !== undefined && source === undefined) {
    texts.push(`follows ${formatAddress(node.channel.source)} outside`);
  }
  for (const channel of node.seen?.channels ?? []) {
    if (channel.name !== node.channel?.name) texts.push(`also follows ${formatAddress(channel.source)}`);
  }
  return texts.map((text) => span(text));
}

function delay({ channel }: Node): readonly Span[] {
  const seconds = channel?.delaySeconds ?? 0;
  return seconds === 0 ? [] : [span(`delayed ${duration(seconds)}`)];
}

function rule({ settings }: Node): readonly Span[] {
  return settings.promotionRule === 'neutral' ? [] : [span(settings.promotionRule)];
}

function downtime(node: Node, at: number): readonly Span[] {
  if (!node.downtimed || node.settings.downtime === undefined) return [];
  const { until, owner, reason } = node.settings.downtime;
  return [span(`downtime ${duration((until - at) / 1000)} (${owner}: ${reason})`, 'cyan')];
}
