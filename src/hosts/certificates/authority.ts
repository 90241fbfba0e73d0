/**
 * The cluster's own certificate authority: P-256, for TLS 1.3 between its controllers and agents and for nobody else.
 */
// The library's own registry needs it first.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { Fault } from '../../contract/errors.ts';
import type { Credentials, Role } from './credentials.ts';
import { roleUri } from './credentials.ts';
import { fromPem, generateKey, signing, toPem } from './key-pair.ts';
import { toleranceMs } from './validity.ts';

type PublicKey = x509.PublicKey | webcrypto.CryptoKey;

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const certificateDays = 90;

export interface AuthorityFiles {
  readonly key: string;
  readonly certificate: string;
}

export interface CertificateNames {
  readonly role: Role;
  /** Names and addresses by which it may be reached. */
  readonly hosts: readonly string[];
}

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly files: AuthorityFiles;
  /** `request` in PEM (PKCS #10); who asks must have the key. Throws `bad-request` when that is not shown. */
  sign(request: string, names: CertificateNames, now: number): Promise<string>;
  /** A key and its certificate at once. */
  identity(names: CertificateNames, now: number): Promise<Credentials>;
}

/** `now` in epoch milliseconds. */
export async function makeAuthority(now: number): Promise<Authority> {
  const keys = await generateKey();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Dauphin',
    notBefore: new Date(now - toleranceMs),
    notAfter: new Date(now + authorityDays * dayMs),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return openAuthority({ key: await toPem(keys.privateKey), certificate: certificate.toString('pem') });
}

export async function openAuthority(files: AuthorityFiles): Promise<Authority> {
  const issuer = new x509.X509Certificate(files.certificate);
  const signingKey = await fromPem(files.key);
  const issue = async (publicKey: PublicKey, names: CertificateNames, now: number): Promise<string> => {
    const made = await x509.X509CertificateGenerator.create({
      subject: `CN=dauphin ${names.role}`,
      issuer: issuer.subject,
      notBefore: new Date(now - toleranceMs),
      notAfter: new Date(now + certificateDays * dayMs),
      signingAlgorithm: signing,
      publicKey,
      signingKey,
      extensions: await extensionsOf(names, issuer),
    });
    return made.toString('pem');
  };
  return {
    certificate: files.certificate,
    files,
    sign: async (request, names, now) => issue(await provenKey(request), names, now),
    identity: async (names, now) => {
      const keys = await generateKey();
      const certificate = await issue(keys.publicKey, names, now);
      return { key: await toPem(keys.privateKey), certificate, ca: files.certificate };
    },
  };
}

async function extensionsOf({ role, hosts }: CertificateNames, issuer: x509.X509Certificate) {
  const usages = role === 'agent' ? [x509.ExtendedKeyUsage.serverAuth] : [x509.ExtendedKeyUsage.clientAuth];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages),
    new x509.SubjectAlternativeNameExtension([
      ...hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
      { type: 'url', value: roleUri(role) },
    ]),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}

async function provenKey(request: string): Promise<PublicKey> {
  const asked = parseRequest(request);
  if (!(await asked.verify().catch(() => false)))
    throw new Fault('bad-request', 'the certificate request is not signed with its own key');
  return asked.publicKey;
}

function parseRequest(request: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(request);
  } catch (thrown) {
    throw new Fault('bad-request', 'this is no certificate request', { cause: thrown });
  }
}
