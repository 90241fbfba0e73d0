/** The channels and patterns of one connection. */
import { globMatches } from './glob.ts';
import { array, bulk, integer, none, push, type Reply } from './reply.ts';
import type { Message } from './switch-messages.ts';

/** A client needs a handful. */
const MOST = 1000;

export type SubscriptionKind = 'channel' | 'pattern';

const WORDS = {
  channel: { add: 'subscribe', remove: 'unsubscribe' },
  pattern: { add: 'psubscribe', remove: 'punsubscribe' },
} as const;

export class Subscriptions {
  readonly #names: Readonly<Record<SubscriptionKind, Set<string>>> = {
    channel: new Set(),
    pattern: new Set(),
  };

  get count(): number {
    return this.#names.channel.size + this.#names.pattern.size;
  }

  countOf(kind: SubscriptionKind): number {
    return this.#names[kind].size;
  }

  /** One reply a name; undefined when there would be too many. */
  add(kind: SubscriptionKind, names: readonly string[]): readonly Reply[] | undefined {
    if (this.count + names.length > MOST) return undefined;
    return names.map((name) => {
      this.#names[kind].add(name);
      return this.#confirmation(WORDS[kind].add, bulk(name));
    });
  }

  /** Without names, all of that kind; one reply also when there are none. */
  remove(kind: SubscriptionKind, names: readonly string[]): readonly Reply[] {
    const subscribed = this.#names[kind];
    const leaving = names.length === 0 ? [...subscribed] : names;
    if (leaving.length === 0) return [this.#confirmation(WORDS[kind].remove, none)];
    return leaving.map((name) => {
      subscribed.delete(name);
      return this.#confirmation(WORDS[kind].remove, bulk(name));
    });
  }

  clear(): void {
    this.#names.channel.clear();
    this.#names.pattern.clear();
  }

  /** Once for the channel and once for each pattern that fits, as Redis does. */
  deliveries({ channel, payload }: Message): readonly Reply[] {
    const exact = this.#names.channel.has(channel)
      ? [push([bulk('message'), bulk(channel), bulk(payload)])]
      : [];
    const patterns = [...this.#names.pattern].filter((pattern) => globMatches(pattern, channel));
    return [
      ...exact,
      ...patterns.map((pattern) => push([bulk('pmessage'), bulk(pattern), bulk(channel), bulk(payload)])),
    ];
  }

  #confirmation(word: string, name: Reply): Reply {
    return push([bulk(word), name, integer(this.count)]);
  }
}

/** PING on a RESP2 connection that is subscribed: whatever arrives there has the form of a message. */
export const subscribedPong = (text = ''): Reply => array([bulk('pong'), bulk(text)]);
