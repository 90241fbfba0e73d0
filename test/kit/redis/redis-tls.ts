/** A certificate for servers of a test: its own authority, for servers and for the clients they are of each other. */
import { writeFile } from 'node:fs/promises';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { generateKey, signing, toPem } from '../../../src/hosts/certificates/key-pair.ts';
import type { RedisTls } from './redis-config.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Writes the files into `folder`; `hosts` are loopback addresses. */
export async function makeRedisTls(folder: string, hosts: readonly string[]): Promise<RedisTls> {
  const keys = await generateKey();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=redis of a test',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'ip', value }))),
    ],
  });
  const cert = `${folder}/redis-cert.pem`;
  const key = `${folder}/redis-key.pem`;
  await writeFile(cert, certificate.toString('pem'));
  await writeFile(key, await toPem(keys.privateKey), { mode: 0o600 });
  return { ca: cert, cert, key };
}
