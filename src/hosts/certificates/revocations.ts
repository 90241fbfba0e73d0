/**
 * Which agents' certificates count no more. It is the controller who calls an agent, so it is the controller who must
 * refuse: by the host a certificate is for and when it was made, as no list is kept of those that were given out.
 */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Revocation } from '../../core/enrolment.ts';
import { canonicalHost } from '../../core/identity.ts';
import type { Store } from '../../core/store.ts';
import { issuedAt } from './validity.ts';

const prefix = '/agents/revoked/';
const schema = z.object({ at: z.number() });

export interface Revocations {
  /** On the disk, and in force, when it returns. */
  revoke(host: string, now: number): Promise<Revocation>;
  list(): readonly Revocation[];
  /** That a certificate (PEM or DER) falls under; `called`: the host at which it was shown, whatever names are in it. */
  of(certificate: string | Buffer, called?: string): Revocation | undefined;
  /** Told of each new one: connections that were let through before are to be closed. */
  onRevoked(listener: (revocation: Revocation) => void): void;
}

export async function openRevocations(store: Store): Promise<Revocations> {
  const { entries } = await store.range(prefix);
  const known = new Map(
    entries.map(({ key, value }) => [
      canonicalHost(key.slice(prefix.length)),
      schema.parse(JSON.parse(value)).at,
    ]),
  );
  const listeners: ((revocation: Revocation) => void)[] = [];
  return {
    revoke: async (asked, now) => {
      const host = canonicalHost(asked);
      const revocation = { host, at: now };
      await store.commit({ writes: [{ put: `${prefix}${host}`, value: JSON.stringify({ at: now }) }] });
      known.set(host, now);
      for (const listener of listeners) listener(revocation);
      return revocation;
    },
    list: () => [...known].map(([host, at]) => ({ host, at })),
    of: (certificate, called) => {
      const read = new X509Certificate(certificate);
      const made = issuedAt(read);
      const names = [...hostsOf(read), ...(called === undefined ? [] : [called])].map(canonicalHost);
      const host = names.find((name) => made <= (known.get(name) ?? Number.NEGATIVE_INFINITY));
      return host === undefined ? undefined : { host, at: known.get(host) ?? 0 };
    },
    onRevoked: (listener) => {
      listeners.push(listener);
    },
  };
}

/** Names and addresses that a certificate is for. */
export function hostsOf({ subjectAltName }: X509Certificate): readonly string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
}
