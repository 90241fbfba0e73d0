/** P-256 keys, made and kept in PEM. */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

type Key = webcrypto.CryptoKey;

export const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export function generateKey(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
}

export async function toPem(key: Key): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

export async function fromPem(pem: string): Promise<Key> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), signing, true, ['sign']);
}
