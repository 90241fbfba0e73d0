/** Who gets through to an agent, how an agent is told from another, and how long its absence takes to be told. */
import { request as ask } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { HostState } from '../../src/core/host.ts';
import { type Authority, makeAuthority } from '../../src/hosts/certificates/authority.ts';
import type { Credentials } from '../../src/hosts/certificates/credentials.ts';
import { hostAgent } from '../../src/hosts/client/host-agent.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startDeafListener } from '../kit/deaf-listener.ts';
import { freePort } from '../kit/ports.ts';
import { awaitServer } from './await-server.ts';

describe('an agent', () => {
  let cluster: Cluster;
  let host: AgentProcess;
  let authority: Authority;

  beforeAll(async () => {
    cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 190 });
    authority = await makeAuthority(Date.now());
    host = await startAgent(cluster.primary, { authority });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const stateWith = async (credentials: Credentials, address = host.address): Promise<HostState> => {
    const client = hostAgent(address, () => credentials, systemClock);
    try {
      return await client.state(call());
    } finally {
      await client.close();
    }
  };
  const failureWith = (...asked: Parameters<typeof stateWith>): Promise<unknown> =>
    stateWith(...asked).catch((thrown: unknown) => thrown);
  const controller = (from: Authority, now = Date.now()): Promise<Credentials> =>
    from.identity({ role: 'controller', hosts: [] }, now);

  test('answers a controller of its own authority', async () => {
    const own = await controller(authority);
    await awaitServer(() => stateWith(own), { server: 'answers' });
  });

  test('refuses a controller of another authority, and one whose certificate is over', async () => {
    const other = await makeAuthority(Date.now());
    const stranger = { ...(await controller(other)), ca: authority.certificate };
    expect(await failureWith(stranger)).toMatchObject({ code: 'agent-unreachable' });
    const old = await controller(authority, Date.now() - 91 * 24 * 60 * 60 * 1000);
    expect(await failureWith(old)).toMatchObject({ code: 'agent-unreachable' });
  });

  test('refuses another agent’s certificate, which opens no agent', async () => {
    const names = { role: 'agent', hosts: [host.address.host] } as const;
    const agents = await authority.identity(names, Date.now());
    const failure = await failureWith(agents);
    expect(['agent-unreachable', 'unauthorized']).toContain((failure as { code?: string }).code);
  });

  test('refuses whoever has no certificate', async () => {
    await expect(bare(host, authority.certificate)).rejects.toThrow(/alert|ECONNRESET|certificate required/i);
  });

  test('is not believed when its authority is another', async () => {
    const other = await makeAuthority(Date.now());
    const trusting = { ...(await controller(authority)), ca: other.certificate };
    expect(await failureWith(trusting)).toMatchObject({ code: 'agent-unreachable' });
  });

  test('that is not there is told at once, and one that hangs at the deadline', async () => {
    const nobody = { host: host.address.host, port: await freePort(host.address.host) };
    const began = performance.now();
    expect(await failureWith(await controller(authority), nobody)).toMatchObject({
      code: 'agent-unreachable',
    });
    // Far from the ten seconds that the call would have waited.
    expect(performance.now() - began).toBeLessThan(5000);
    await host.pause();
    try {
      const hanging = host.agent.state(call(200));
      await expect(hanging).rejects.toMatchObject({
        message: expect.stringMatching(/no answer within 200 ms/) as unknown,
      });
      const left = new AbortController();
      const leaving = host.agent.fence({ signal: left.signal, deadlineMs: 10_000 });
      left.abort(new Error('changed my mind'));
      await expect(leaving).rejects.toThrow('changed my mind');
    } finally {
      host.resume();
    }
  });

  test('whose host swallows what is sent to it is given up in time', async () => {
    await using deaf = await startDeafListener(host.address.host);
    const credentials = await controller(authority);
    const client = hostAgent(deaf.address, () => credentials, systemClock);
    try {
      await expect(client.state(call(300))).rejects.toThrow('no answer within 300 ms');
      // Long before the deadline: an attempt that was swallowed is no reason to wait.
      const patient = client.state(call(9000));
      await expect(patient).rejects.toMatchObject({
        code: 'agent-unreachable',
        message: expect.stringMatching(/connect/i) as unknown,
      });
    } finally {
      await client.close();
    }
  });

  test('that was started anew is asked over a new connection', async () => {
    await host.agent.state(call());
    await host.restart();
    await awaitServer(() => host.agent.state(call()), { server: 'answers' });
  });
});

function bare({ address }: AgentProcess, ca: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = ask({ ...address, path: '/v1/state', ca, timeout: 5000 }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  asked.on('error', reject);
  asked.end();
  return promise;
}
