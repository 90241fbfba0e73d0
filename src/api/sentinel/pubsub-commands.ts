/** Subscriptions. Clients publish nothing here: what is published comes from the clusters. */
import { ANY, type Answer, type Client, type Row } from './command-row.ts';
import { error, integer, type Reply } from './reply.ts';
import type { SubscriptionKind } from './subscriptions.ts';

/** On it, real Sentinels tell each other what they watch; they are not contradicted and not heeded. */
const HELLO_CHANNEL = '__sentinel__:hello';

export const pubSubCommands: readonly Row[] = [
  { name: 'subscribe', least: 1, most: ANY, whileSubscribed: true, run: subscribe('channel') },
  { name: 'psubscribe', least: 1, most: ANY, whileSubscribed: true, run: subscribe('pattern') },
  { name: 'unsubscribe', least: 0, most: ANY, whileSubscribed: true, run: unsubscribe('channel') },
  { name: 'punsubscribe', least: 0, most: ANY, whileSubscribed: true, run: unsubscribe('pattern') },
  { name: 'publish', least: 2, most: 2, run: (_, [channel]) => publish(channel) },
];

function subscribe(kind: SubscriptionKind) {
  return ({ subscriptions }: Client, names: readonly string[]): Answer =>
    subscriptions.add(kind, names) ?? error('ERR too many subscriptions on one connection');
}

function unsubscribe(kind: SubscriptionKind) {
  return ({ subscriptions }: Client, names: readonly string[]): Answer => subscriptions.remove(kind, names);
}

function publish(channel: string | undefined): Reply {
  return channel === HELLO_CHANNEL
    ? integer(1)
    : error('ERR Only HELLO messages are accepted by Sentinel instances.');
}
