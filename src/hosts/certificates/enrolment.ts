/** The controller's side of joining: gives out tokens and certificates. Tokens that are not used are forgotten. */
import { verify, X509Certificate } from 'node:crypto';
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { Enrolment, Joined, JoinRequest, RenewRequest } from '../../core/enrolment.ts';
import type { Address } from '../../core/identity.ts';
import type { Authority } from './authority.ts';
import { hasRole } from './credentials.ts';
import { isProof, makeToken, proofOfAnswer, proofOfRequest, tokenText } from './join-token.ts';

const tokenMs = 60 * 60 * 1000;

interface Waiting {
  readonly secret: string;
  readonly host: string | undefined;
  readonly expiresAt: number;
}

/** The tokens are in memory: after a restart of the controller a new one is needed. */
export function enrolment(authority: Authority, clock: Clock): Enrolment {
  const waiting = new Map<string, Waiting>();
  return {
    newToken: async (server?: Address) => {
      for (const [id, { expiresAt }] of waiting) if (expiresAt <= clock.now()) waiting.delete(id);
      const parts = makeToken(authority.certificate);
      const expiresAt = clock.now() + tokenMs;
      waiting.set(parts.id, { secret: parts.secret, host: server?.host, expiresAt });
      return { token: tokenText(parts), expiresAt };
    },
    join: async (asked) => {
      const { secret } = use(waiting, asked, clock);
      const names = { role: 'agent', hosts: asked.hosts } as const;
      const certificate = await authority.sign(asked.request, names, clock.now());
      const answer = { certificate, ca: authority.certificate };
      return { ...answer, proof: proofOfAnswer(secret, asked.nonce, answer) } satisfies Joined;
    },
    renew: async (asked) => {
      const hosts = provenHosts(asked, authority, clock);
      return { certificate: await authority.sign(asked.request, { role: 'agent', hosts }, clock.now()) };
    },
  };
}

/** Used up by the first who proves to know the secret; who cannot does not learn whether there is such a token. */
function use(waiting: Map<string, Waiting>, asked: JoinRequest, clock: Clock): Waiting {
  const found = waiting.get(asked.id);
  const known = found !== undefined && isProof(asked.proof, proofOfRequest(found.secret, asked));
  if (!known || found.expiresAt <= clock.now())
    throw new Fault(
      'unauthorized',
      'the join token is unknown, used, or too old: `dauphin agent-token` prints a new one',
    );
  if (found.host !== undefined && asked.hosts.some((host) => host !== found.host))
    throw new Fault(
      'unauthorized',
      `the join token is for ${found.host}, the agent listens on ${asked.hosts.join(', ')}`,
    );
  waiting.delete(asked.id);
  return found;
}

/** The names stay as they were. */
function provenHosts(asked: RenewRequest, authority: Authority, clock: Clock): readonly string[] {
  const old = parse(asked.certificate);
  const issuer = new X509Certificate(authority.certificate);
  const valid = clock.now() < Date.parse(old.validTo) && hasRole(old.subjectAltName, 'agent');
  const signature = Buffer.from(asked.signature, 'base64url');
  const isOwner = verify('sha256', Buffer.from(asked.request), old.publicKey, signature);
  if (!valid || !old.verify(issuer.publicKey) || !isOwner)
    throw new Fault('unauthorized', 'the certificate is not valid any more, or not the sender’s: join anew');
  return (old.subjectAltName ?? '')
    .split(', ')
    .flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (thrown) {
    throw new Fault('bad-request', 'this is no certificate', { cause: thrown });
  }
}
