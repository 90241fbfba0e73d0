import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import type { JoinRequest } from '../../core/enrolment.ts';
import { makeAuthority } from './authority.ts';
import { hasRole } from './credentials.ts';
import { enrolment } from './enrolment.ts';
import { isProof, proofOfAnswer, proofOfRequest, readToken } from './join-token.ts';
import { makeRequest } from './request.ts';
import { msUntilRenewal } from './validity.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

async function scene() {
  let now = Date.parse('2026-11-21T12:00:00Z');
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
  const authority = await makeAuthority(now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { authority, clock, pass, office: enrolment(authority, clock) };
}

async function joinRequest(token: string, hosts = ['10.0.0.1'], secret = readToken(token).secret) {
  const { key, request } = await makeRequest();
  const asked = { id: readToken(token).id, nonce: 'a nonce', request, hosts };
  return { key, asked: { ...asked, proof: proofOfRequest(secret, asked) } satisfies JoinRequest };
}

test('a token gives one certificate, proven by both sides', async () => {
  const { office, authority } = await scene();
  const { token } = await office.newToken();
  const { key, asked } = await joinRequest(token);
  const answer = await office.join(asked);
  expect(isProof(answer.proof, proofOfAnswer(readToken(token).secret, asked.nonce, answer))).toBe(true);
  const certificate = new X509Certificate(answer.certificate);
  expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.checkIP('10.0.0.1')).toBe('10.0.0.1');
  expect(hasRole(certificate.subjectAltName, 'agent')).toBe(true);
  expect(hasRole(certificate.subjectAltName, 'controller')).toBe(false);
  await expect(office.join(asked)).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a wrong secret, a changed request, an old token and another host are refused', async () => {
  const { office, pass } = await scene();
  const { token } = await office.newToken({ host: '10.0.0.1', port: 7433 });
  const guessed = await joinRequest(token, ['10.0.0.1'], 'a-wrong-secret');
  await expect(office.join(guessed.asked)).rejects.toMatchObject({ code: 'unauthorized' });
  const { asked } = await joinRequest(token);
  const other = await makeRequest();
  await expect(office.join({ ...asked, request: other.request })).rejects.toMatchObject({
    code: 'unauthorized',
  });
  const elsewhere = await joinRequest(token, ['10.0.0.9']);
  await expect(office.join(elsewhere.asked)).rejects.toMatchObject({
    code: 'unauthorized',
    message: /10\.0\.0\.1/,
  });
  pass(hour);
  await expect(office.join(asked)).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a certificate is renewed by its own key while it is valid, with the names it had', async () => {
  const { office, pass, clock } = await scene();
  const { token } = await office.newToken();
  const { key, asked } = await joinRequest(token);
  const { certificate } = await office.join(asked);
  expect(msUntilRenewal(certificate, clock.now())).toBeGreaterThan(59 * day);
  pass(61 * day);
  expect(msUntilRenewal(certificate, clock.now())).toBe(0);
  const next = await makeRequest();
  const signed = (by: string): string =>
    sign('sha256', Buffer.from(next.request), createPrivateKey(by)).toString('base64url');
  const stolen = { certificate, request: next.request, signature: signed(next.key) };
  await expect(office.renew(stolen)).rejects.toMatchObject({ code: 'unauthorized' });
  const fresh = await office.renew({ ...stolen, signature: signed(key) });
  expect(new X509Certificate(fresh.certificate).checkIP('10.0.0.1')).toBe('10.0.0.1');
  expect(msUntilRenewal(fresh.certificate, clock.now())).toBeGreaterThan(59 * day);
  pass(30 * day);
  await expect(office.renew({ ...stolen, signature: signed(key) })).rejects.toMatchObject({
    code: 'unauthorized',
  });
});

test('a certificate of another authority, or a controller’s, is not renewed', async () => {
  const { office, authority, clock } = await scene();
  const stranger = await (await makeAuthority(clock.now())).identity(
    { role: 'agent', hosts: ['a'] },
    clock.now(),
  );
  const controller = await authority.identity({ role: 'controller', hosts: [] }, clock.now());
  for (const { key, certificate } of [stranger, controller]) {
    const { request } = await makeRequest();
    const signature = sign('sha256', Buffer.from(request), createPrivateKey(key)).toString('base64url');
    const asked = office.renew({ certificate, request, signature });
    await expect(asked).rejects.toMatchObject({ code: 'unauthorized' });
  }
});
