/** The tokens that wait to be used, in the store: they outlive a restart of the controller. */
import { z } from 'zod';
import type { WaitingToken } from '../../core/enrolment.ts';
import { canonicalHost } from '../../core/identity.ts';
import type { Entry, Store } from '../../core/store.ts';

const prefix = '/agents/tokens/';
const schema = z.object({ verifier: z.string(), host: z.string().exactOptional(), expiresAt: z.number() });

/** `verifier`: what is kept of the secret. */
export type KeptToken = Readonly<z.output<typeof schema>>;

export interface TokenShelf {
  /** What is over by `now` goes. */
  keep(id: string, token: KeptToken, now: number): Promise<void>;
  find(id: string): Promise<KeptToken | undefined>;
  /** False when somebody else was first. */
  use(id: string): Promise<boolean>;
  list(): Promise<readonly WaitingToken[]>;
  /** Those for a host. */
  forget(host: string): Promise<void>;
}

export function tokenShelf(store: Store): TokenShelf {
  const entries = async () =>
    (await store.range(prefix)).entries.map((entry) => ({
      id: entry.key.slice(prefix.length),
      ...read(entry),
    }));
  const remove = async (ids: readonly string[]): Promise<void> => {
    if (ids.length > 0) await store.commit({ writes: ids.map((id) => ({ delete: `${prefix}${id}` })) });
  };
  return {
    keep: async (id, token, now) => {
      await remove((await entries()).filter(({ expiresAt }) => expiresAt <= now).map((old) => old.id));
      await store.commit({ writes: [{ put: `${prefix}${id}`, value: JSON.stringify(token) }] });
    },
    find: async (id) => {
      const entry = await store.get(`${prefix}${id}`);
      return entry && read(entry);
    },
    use: async (id) => {
      const key = `${prefix}${id}`;
      const { ok } = await store.commit({ compare: [{ key, is: 'present' }], writes: [{ delete: key }] });
      return ok;
    },
    list: async () => (await entries()).map(({ verifier: _, ...token }) => token),
    forget: async (host) => {
      await remove(
        (await entries())
          .filter((token) => token.host !== undefined && canonicalHost(token.host) === canonicalHost(host))
          .map(({ id }) => id),
      );
    },
  };
}

const read = ({ value }: Entry): KeptToken => schema.parse(JSON.parse(value));
