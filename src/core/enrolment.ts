/** How an agent gets its certificate from the controller: by a token once, later by the certificate it has. */
import type { Address } from './identity.ts';

export interface JoinToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Both sides show that they know the token's secret, which itself is never sent. */
export interface JoinRequest {
  readonly id: string;
  readonly nonce: string;
  /** PEM (PKCS #10). */
  readonly request: string;
  /** Names and addresses by which the agent is reached. */
  readonly hosts: readonly string[];
  readonly proof: string;
}

export interface Joined {
  /** PEM, both. */
  readonly certificate: string;
  readonly ca: string;
  readonly proof: string;
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
  join(asked: JoinRequest): Promise<Joined>;
  renew(asked: RenewRequest): Promise<{ readonly certificate: string }>;
}
