/**
 * The token that an operator carries from the controller to a new agent: it tells the agent which authority to trust,
 * and lets each side prove to the other that it knows the token's secret. The secret itself is never sent, so the
 * way between them need not be a safe one.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fault } from '../../contract/errors.ts';
import type { Joined, JoinRequest } from '../../core/enrolment.ts';

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
  /** Of the authority's certificate. */
  readonly fingerprint: string;
}

const mark = 'dauphin1';
const part = '([A-Za-z0-9_-]{8,})';
const form = new RegExp(`^${mark}\\.${part}\\.${part}\\.${part}$`);

export function makeToken(ca: string): TokenParts {
  return {
    id: randomBytes(9).toString('base64url'),
    secret: randomBytes(24).toString('base64url'),
    fingerprint: fingerprintOf(ca),
  };
}

export const tokenText = ({ id, secret, fingerprint }: TokenParts): string =>
  [mark, id, secret, fingerprint].join('.');

export function readToken(text: string): TokenParts {
  const [, id, secret, fingerprint] = form.exec(text.trim()) ?? [];
  if (id === undefined || secret === undefined || fingerprint === undefined)
    throw new Fault('bad-request', 'this is no join token; `dauphin agent-token` prints one');
  return { id, secret, fingerprint };
}

export function fingerprintOf(pem: string): string {
  const content = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return createHash('sha256').update(Buffer.from(content, 'base64')).digest('base64url');
}

export const proofOfRequest = (
  secret: string,
  { id, nonce, request, hosts }: Omit<JoinRequest, 'proof'>,
): string => proof(secret, ['join', id, nonce, request, hosts]);

export const proofOfAnswer = (
  secret: string,
  nonce: string,
  { certificate, ca }: Omit<Joined, 'proof'>,
): string => proof(secret, ['joined', nonce, certificate, ca]);

export function isProof(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const proof = (secret: string, words: readonly unknown[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(words)).digest('base64url');
