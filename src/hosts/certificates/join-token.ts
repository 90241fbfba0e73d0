/**
 * The token that an operator carries from the controller to a new agent: it tells the agent which authority to trust,
 * and lets it prove that it was given the token. The secret is the seed of a key (Ed25519): it is never sent, and the
 * controller keeps only what verifies it. So neither the way between them nor the controller's store gives it away.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { Fault } from '../../contract/errors.ts';
import type { JoinRequest } from '../../core/enrolment.ts';

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
  /** Of the authority's certificate. */
  readonly fingerprint: string;
}

const mark = 'dauphin2';
const seedBytes = 32;
const part = '([A-Za-z0-9_-]{8,})';
const form = new RegExp(`^${mark}\\.${part}\\.${part}\\.${part}$`);

export function makeToken(ca: string): TokenParts {
  return {
    id: randomBytes(9).toString('base64url'),
    secret: randomBytes(seedBytes).toString('base64url'),
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

/** What the controller keeps of the secret: a public key, base64url. */
export const verifierOf = (secret: string): string =>
  createPublicKey(keyOf(secret)).export({ type: 'spki', format: 'der' }).toString('base64url');

export const proofOfRequest = (secret: string, asked: Omit<JoinRequest, 'proof'>): string =>
  sign(null, words(asked), keyOf(secret)).toString('base64url');

export function isProven(asked: JoinRequest, verifier: string): boolean {
  const key = createPublicKey({ key: Buffer.from(verifier, 'base64url'), type: 'spki', format: 'der' });
  return verify(null, words(asked), key, Buffer.from(asked.proof, 'base64url'));
}

const words = ({ id, request, hosts }: Omit<JoinRequest, 'proof'>): Buffer =>
  Buffer.from(JSON.stringify(['join', id, request, hosts]));

/** PKCS #8 of an Ed25519 key is these bytes and its seed (RFC 8410, 10.3). */
const seedFollows = Buffer.from('302e020100300506032b657004220420', 'hex');

function keyOf(secret: string): KeyObject {
  const seed = Buffer.from(secret, 'base64url');
  if (seed.length !== seedBytes)
    throw new Fault('bad-request', 'this is no join token: its secret is cut off');
  return createPrivateKey({ key: Buffer.concat([seedFollows, seed]), type: 'pkcs8', format: 'der' });
}
