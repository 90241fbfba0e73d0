/** The controller's side of joining: gives out tokens and certificates, and takes both back. */
import { verify, X509Certificate } from 'node:crypto';
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { Enrolment, JoinRequest, RenewRequest } from '../../core/enrolment.ts';
import { canonicalHost } from '../../core/identity.ts';
import type { Authority } from './authority.ts';
import { hasRole } from './credentials.ts';
import { isProven, makeToken, tokenText, verifierOf } from './join-token.ts';
import { hostsOf, type Revocations } from './revocations.ts';
import type { TokenShelf } from './token-shelf.ts';

export interface EnrolmentParts {
  readonly authority: Authority;
  readonly clock: Clock;
  readonly tokens: TokenShelf;
  readonly revocations: Revocations;
  /** Of the agents that the configuration names. */
  readonly agentHosts: readonly string[];
}

const tokenMs = 60 * 60 * 1000;

export function enrolment(parts: EnrolmentParts): Enrolment {
  const { authority, clock, tokens, revocations, agentHosts } = parts;
  return {
    newToken: async (server) => {
      const made = makeToken(authority.certificate);
      const expiresAt = clock.now() + tokenMs;
      const kept = { verifier: verifierOf(made.secret), expiresAt };
      await tokens.keep(made.id, server === undefined ? kept : { ...kept, host: server.host }, clock.now());
      return { token: tokenText(made), expiresAt };
    },
    tokens: async () => (await tokens.list()).filter(({ expiresAt }) => expiresAt > clock.now()),
    revocations: async () => revocations.list(),
    revoke: async (host) => {
      await tokens.forget(host);
      const revoked = await revocations.revoke(host, clock.now());
      return { ...revoked, configured: agentHosts.some((known) => canonicalHost(known) === revoked.host) };
    },
    join: async (asked) => {
      requirePlain(asked);
      await use(asked, parts);
      const names = { role: 'agent', hosts: asked.hosts } as const;
      const certificate = await authority.sign(asked.request, names, clock.now());
      return { certificate, ca: authority.certificate };
    },
    renew: async (asked) => {
      const hosts = provenHosts(asked, parts);
      return { certificate: await authority.sign(asked.request, { role: 'agent', hosts }, clock.now()) };
    },
  };
}

/** A name that stands for many could not be taken back host by host. */
function requirePlain({ hosts }: JoinRequest): void {
  const many = hosts.find((host) => host.includes('*'));
  if (many !== undefined) throw new Fault('bad-request', `${many} is not the name of one host`);
}

/** Used up by the first who proves to know the secret; who cannot does not learn whether there is such a token. */
async function use(asked: JoinRequest, { tokens, clock }: EnrolmentParts): Promise<void> {
  const found = await tokens.find(asked.id);
  const known = found !== undefined && isProven(asked, found.verifier);
  if (!known || found.expiresAt <= clock.now()) throw noToken();
  if (
    found.host !== undefined &&
    asked.hosts.some((host) => canonicalHost(host) !== canonicalHost(found.host ?? ''))
  )
    throw new Fault(
      'unauthorized',
      `the join token is for ${found.host}, the agent listens on ${asked.hosts.join(', ')}`,
    );
  if (!(await tokens.use(asked.id))) throw noToken();
}

const noToken = (): Fault =>
  new Fault(
    'unauthorized',
    'the join token is unknown, used, or too old: `dauphin agent-token` prints a new one',
  );

/** The names stay as they were. */
function provenHosts(
  asked: RenewRequest,
  { authority, clock, revocations }: EnrolmentParts,
): readonly string[] {
  const old = parse(asked.certificate);
  const issuer = new X509Certificate(authority.certificate);
  const valid = clock.now() < Date.parse(old.validTo) && hasRole(old.subjectAltName, 'agent');
  const signature = Buffer.from(asked.signature, 'base64url');
  const isOwner = verify('sha256', Buffer.from(asked.request), old.publicKey, signature);
  if (!valid || !old.verify(issuer.publicKey) || !isOwner)
    throw new Fault('unauthorized', 'the certificate is not valid any more, or not the sender’s: join anew');
  if (revocations.of(asked.certificate))
    throw new Fault('unauthorized', 'the certificate was revoked: join anew with a token');
  return hostsOf(old);
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (thrown) {
    throw new Fault('bad-request', 'this is no certificate', { cause: thrown });
  }
}
