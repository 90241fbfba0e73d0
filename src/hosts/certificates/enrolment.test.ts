import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import type { JoinRequest } from '../../core/enrolment.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { makeAuthority } from './authority.ts';
import { hasRole } from './credentials.ts';
import { enrolment } from './enrolment.ts';
import { makeToken, proofOfRequest, readToken } from './join-token.ts';
import { makeRequest } from './request.ts';
import { openRevocations } from './revocations.ts';
import { tokenShelf } from './token-shelf.ts';
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
  const store = createMemoryStore(clock);
  /** As a controller opens it at its start. */
  const open = async () =>
    enrolment({
      ...{ authority, clock, tokens: tokenShelf(store), revocations: await openRevocations(store) },
      agentHosts: ['10.0.0.1', 'DB1.example'],
    });
  return { authority, clock, pass, store, open, office: await open() };
}

async function joinRequest(token: string, hosts = ['10.0.0.1'], secret = readToken(token).secret) {
  const { key, request } = await makeRequest();
  const asked = { id: readToken(token).id, request, hosts };
  return { key, asked: { ...asked, proof: proofOfRequest(secret, asked) } satisfies JoinRequest };
}

test('a token gives one certificate, of the authority that it names', async () => {
  const { office, authority } = await scene();
  const { token } = await office.newToken();
  const { key, asked } = await joinRequest(token);
  const answer = await office.join(asked);
  expect(answer.ca).toBe(authority.certificate);
  const certificate = new X509Certificate(answer.certificate);
  expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.checkIP('10.0.0.1')).toBe('10.0.0.1');
  expect(hasRole(certificate.subjectAltName, 'agent')).toBe(true);
  expect(hasRole(certificate.subjectAltName, 'controller')).toBe(false);
  await expect(office.join(asked)).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a wrong secret, a changed request, an old token and another host are refused', async () => {
  const { office, authority, pass } = await scene();
  const { token } = await office.newToken({ host: '10.0.0.1', port: 7433 });
  const guessed = await joinRequest(token, ['10.0.0.1'], makeToken(authority.certificate).secret);
  await expect(office.join(guessed.asked)).rejects.toMatchObject({ code: 'unauthorized' });
  const { asked } = await joinRequest(token);
  const other = await makeRequest();
  await expect(office.join({ ...asked, request: other.request })).rejects.toMatchObject({
    code: 'unauthorized',
  });
  const elsewhere = await joinRequest(token, ['10.0.0.9']);
  await expect(office.join(elsewhere.asked)).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/10\.0\.0\.1/) as unknown,
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

test('a token outlives a restart, is listed, and is used once, whoever comes at the same time', async () => {
  const { office, open, store, pass } = await scene();
  const { token, expiresAt } = await office.newToken({ host: '10.0.0.1', port: 7433 });
  const { id, secret } = readToken(token);
  const { entries } = await store.range('');
  expect(JSON.stringify(entries)).toContain(id);
  expect(JSON.stringify(entries)).not.toContain(secret);
  const next = await open();
  expect(await next.tokens()).toEqual([{ id, host: '10.0.0.1', expiresAt }]);
  const { asked } = await joinRequest(token);
  const joins = await Promise.allSettled([next.join(asked), next.join(asked)]);
  expect(joins.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await next.tokens()).toEqual([]);
  await next.newToken();
  pass(hour);
  expect(await next.tokens()).toEqual([]);
  await next.newToken();
  expect((await store.range('/agents/tokens/')).entries).toHaveLength(1);
});

test('what was made for a host before it was revoked counts no more, also after a restart', async () => {
  const { office, open, store, pass } = await scene();
  const { key, asked } = await joinRequest((await office.newToken()).token);
  const { certificate } = await office.join(asked);
  const waiting = await office.newToken({ host: '10.0.0.1', port: 7433 });
  pass(1000);
  const { at } = await office.revoke('10.0.0.1');
  const late = await joinRequest(waiting.token);
  await expect(office.join(late.asked)).rejects.toMatchObject({ code: 'unauthorized' });
  pass(1000);
  const next = await open();
  expect(await next.revocations()).toEqual([{ host: '10.0.0.1', at }]);
  const revocations = await openRevocations(store);
  expect(revocations.of(certificate)).toEqual({ host: '10.0.0.1', at });
  const { request } = await makeRequest();
  const signature = sign('sha256', Buffer.from(request), createPrivateKey(key)).toString('base64url');
  const renewed = next.renew({ certificate, request, signature });
  await expect(renewed).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/revoked/) as unknown,
  });
  const again = await joinRequest((await next.newToken()).token);
  const fresh = await next.join(again.asked);
  expect(revocations.of(fresh.certificate)).toBeUndefined();
  const other = await joinRequest((await next.newToken()).token, ['10.0.0.2']);
  expect(revocations.of((await next.join(other.asked)).certificate)).toBeUndefined();
});

test.each([
  ['DB1.Example.', 'db1.example'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
])('a certificate for %s is revoked by whatever way of writing its host', async (written, other) => {
  const { office, store, pass } = await scene();
  const { asked } = await joinRequest((await office.newToken()).token, [written]);
  const { certificate } = await office.join(asked);
  const waiting = await office.newToken({ host: written, port: 7433 });
  pass(1000);
  expect(await office.revoke(other)).toMatchObject({ host: other, configured: other === 'db1.example' });
  expect((await openRevocations(store)).of(certificate)).toMatchObject({ host: other });
  const late = await joinRequest(waiting.token, [written]);
  await expect(office.join(late.asked)).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a certificate is revoked at the host that shows it, whatever names are in it', async () => {
  const { office, authority, clock, store, pass } = await scene();
  const hosts = ['*.example'];
  const { certificate } = await authority.identity({ role: 'agent', hosts }, clock.now());
  pass(1000);
  await office.revoke('db1.example');
  const revocations = await openRevocations(store);
  expect(revocations.of(certificate, 'DB1.example')).toMatchObject({ host: 'db1.example' });
  expect(revocations.of(certificate, 'db2.example')).toBeUndefined();
  const { asked } = await joinRequest((await office.newToken()).token, hosts);
  await expect(office.join(asked)).rejects.toMatchObject({ code: 'bad-request' });
});
