/** A new key and the request for its certificate. */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { generateKey, signing, toPem } from './key-pair.ts';

export interface CertificateRequest {
  /** PEM, both. The key never leaves the host. */
  readonly key: string;
  readonly request: string;
}

export async function makeRequest(): Promise<CertificateRequest> {
  const keys = await generateKey();
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=dauphin agent',
    keys,
    signingAlgorithm: signing,
  });
  return { key: await toPem(keys.privateKey), request: made.toString('pem') };
}
