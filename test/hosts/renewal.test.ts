/** Certificates of a real agent: renewed while it runs, refused when they are over, and when they were revoked. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { agentClients } from '../../src/agent-clients.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { makeAuthority } from '../../src/hosts/certificates/authority.ts';
import type { Credentials } from '../../src/hosts/certificates/credentials.ts';
import { openOrMakeAuthority, readCredentials } from '../../src/hosts/certificates/files.ts';
import { openRevocations } from '../../src/hosts/certificates/revocations.ts';
import { hostAgent } from '../../src/hosts/client/host-agent.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { startCluster } from '../kit/cluster.ts';
import { startControllerProcess } from '../kit/controller-process.ts';
import { until } from '../kit/deadline.ts';
import { awaitServer } from './await-server.ts';

const day = 24 * 60 * 60 * 1000;
/** 90 days are not over yet, and two thirds of them are. */
const due = 61 * day;

/** The certificate that the agent shows to whoever connects now. */
async function shownBy({ address }: AgentProcess, { key, certificate, ca }: Credentials): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ ...address, key, cert: certificate, ca });
  socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate()?.serialNumber ?? ''));
  socket.once('error', reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

test('a certificate is renewed while the agent runs, and the next connection is shown the new one', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 187 });
  const folder = `${cluster.folder}/controller`;
  await using controller = await startControllerProcess({
    folder,
    clusters: [{ name: 'orders', cluster }],
  });
  const authority = await openOrMakeAuthority(`${folder}/data`, Date.now());
  const own = await authority.identity({ role: 'controller', hosts: [] }, Date.now());
  await using host = await startAgent(cluster.primary, {
    authority,
    madeAt: Date.now() - due,
    top: { controller: controller.url },
  });
  const kept = await until('a new certificate on its disk', { deadlineMs: 20_000 }, async () => {
    const { certificate } = (await readCredentials(host.dataDir)) ?? { certificate: '' };
    const read = new X509Certificate(certificate);
    return Date.parse(read.validTo) - Date.now() > 89 * day ? read : undefined;
  });
  await until('the new one to be shown', { deadlineMs: 20_000 }, async () => {
    return (await shownBy(host, own)) === kept.serialNumber;
  });
  const client = hostAgent(host.address, () => own, systemClock);
  await awaitServer(() => client.state(call()), { server: 'answers' });
  await client.close();
  // With what it has on its disk it starts again.
  await host.restart();
  expect(await shownBy(host, own)).toBe(kept.serialNumber);
}, 120_000);

test('one that is over is refused with a clear word, and so is one that was revoked', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 188 });
  await using resources = new AsyncDisposableStack();
  const authority = await makeAuthority(Date.now());
  const host = resources.use(await startAgent(cluster.primary, { authority }));
  const revocations = await openRevocations(createMemoryStore(systemClock));
  const agents = await agentClients({ authority, revocations, clock: systemClock }, resources);
  const client = agents(host.address);
  await awaitServer(() => client.state(call()), { server: 'answers' });
  // Also over the connection that is open.
  await revocations.revoke(host.address.host, Date.now());
  await expect(client.state(call())).rejects.toMatchObject({
    code: 'agent-unreachable',
    message: expect.stringMatching(/its certificate was revoked on 20/) as unknown,
  });

  const over = await authority.identity({ role: 'agent', hosts: [host.address.host] }, Date.now() - 91 * day);
  await host.wear(over);
  const other = await agentClients(
    { authority, revocations: await openRevocations(createMemoryStore(systemClock)), clock: systemClock },
    resources,
  );
  await expect(other(host.address).state(call())).rejects.toMatchObject({
    code: 'agent-unreachable',
    message: expect.stringMatching(/its certificate has run out: it has to join anew/) as unknown,
  });
});
