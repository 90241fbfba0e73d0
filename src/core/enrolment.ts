/** How an agent gets its certificate from the controller: by a token once, later by the certificate it has. */
import type { Address } from './identity.ts';

export interface JoinToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A token that was printed and neither used nor over. */
export interface WaitingToken {
  readonly id: string;
  /** The host whose certificate it gives; absent: any. */
  readonly host?: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Certificates for a host that count no more. */
export interface Revocation {
  readonly host: string;
  /** Those made until then, epoch milliseconds. */
  readonly at: number;
}

export interface Revoked extends Revocation {
  /** Whether an agent of that host is in the controller's configuration: false for a host that was mistyped. */
  readonly configured: boolean;
}

/** Signed with the token's secret, which itself is never sent. */
export interface JoinRequest {
  readonly id: string;
  /** PEM (PKCS #10). */
  readonly request: string;
  /** Names and addresses by which the agent is reached. */
  readonly hosts: readonly string[];
  /** Over all of the above. */
  readonly proof: string;
}

/** Believed when `ca` is the authority that the token names, and the certificate is of it and for the asker's key. */
export interface Joined {
  /** PEM, both. */
  readonly certificate: string;
  readonly ca: string;
}

export interface RenewRequest {
  /** PEM: the one that is to be replaced, while it is still valid. */
  readonly certificate: string;
  readonly request: string;
  /** By that certificate's key, over the request. */
  readonly signature: string;
}

/** The controller's side. Throws `unauthorized` for what is not proven, `bad-request` for what cannot be read. */
export interface Enrolment {
  /** For one agent, once. With `server`, the certificate is for that host and no other. */
  newToken(server?: Address): Promise<JoinToken>;
  tokens(): Promise<readonly WaitingToken[]>;
  revocations(): Promise<readonly Revocation[]>;
  /** Every certificate there is for the host, and the tokens that wait for it. One made later counts again. */
  revoke(host: string): Promise<Revoked>;
  join(asked: JoinRequest): Promise<Joined>;
  renew(asked: RenewRequest): Promise<{ readonly certificate: string }>;
}
