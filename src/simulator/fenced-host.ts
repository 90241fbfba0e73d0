/** What an agent can do to the machine it runs on. */
import type { ServerModel } from './server-model.ts';

export interface FencedHost {
  readonly server: ServerModel;
  /** Its server is to stay down. */
  readonly fenced: boolean;
  /** Virtual, monotonic milliseconds. */
  readonly bootedAt: number;
  fence(): void;
  unfence(start: 'as-before' | 'read-only' | 'no'): void;
}
