/**
 * ioredis with `failoverDetector` (6.0.0; SentinelConnector.connect, FailoverDetector.disconnect) ends for good, "Connection
 * is closed", when `+switch-master` reaches it while it looks for the primary, which is just when a primary has died.
 * So that message waits for clients of hosts that are looking, or were a moment ago. Those that find the new primary
 * subscribe anew and are not told; those that hang on the old one are told late.
 */
import type { Client } from './command-row.ts';
import type { Message } from './switch-messages.ts';

/** Its longest sleep between two lookups (`sentinelRetryStrategy`, 1 s) and a lookup. */
const LOOKING_MS = 1300;
const MOST_HOSTS = 10_000;

export class IoredisPatience {
  /** When a host's last connection for lookups ended, monotonic milliseconds; oldest first. */
  readonly #looked = new Map<string, number>();

  /** A connection has ended. */
  left(client: Client): void {
    if (client.subscriptions.count > 0) return;
    const host = hostOf(client);
    this.#looked.delete(host);
    this.#looked.set(host, client.face.clock.monotonic());
    const [oldest] = this.#looked.keys();
    if (this.#looked.size > MOST_HOSTS && oldest !== undefined) this.#looked.delete(oldest);
  }

  /** How long this message is to wait for this client; 0 for nearly all. */
  delayMs(client: Client, message: Message): number {
    if (client.library !== 'ioredis' || message.channel !== '+switch-master') return 0;
    const host = hostOf(client);
    const looks = client.face
      .clients()
      .some((other) => other.subscriptions.count === 0 && hostOf(other) === host);
    const ended = this.#looked.get(host) ?? Number.NEGATIVE_INFINITY;
    return looks || client.face.clock.monotonic() - ended < LOOKING_MS ? LOOKING_MS : 0;
  }
}

const hostOf = ({ from }: Client): string => from.slice(0, from.lastIndexOf(':'));
