/** Another controller as a witness: its word keeps a living primary, condemns a dead one, and its silence delays nobody. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../src/contract/plan-schema.ts';
import type { WitnessAsked } from '../../src/control/control-plane.ts';
import type { Log } from '../../src/control/log.ts';
import { type Holder, processHolder } from '../../src/control/operations/holder.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { serverId } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Peer } from '../../src/core/peer.ts';
import { httpPeer } from '../../src/peers/http-peer.ts';
import { expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, startControl, type TestControl } from '../kit/control.ts';
import { startControllerProcess } from '../kit/controller-process.ts';
import { until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { servePeer } from '../kit/peers.ts';
import { startRelay } from '../kit/relay.ts';
import { followBy, stopReplicating } from '../kit/replication.ts';

const unavailable = mysqlUnavailable();
const kinds: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

const automatic = { failover: { mode: 'automatic' as const, quietMs: 0 } };

/** Two controllers in one process are two all the same. */
const named = (name: string): Holder => ({ ...processHolder(), name });

/** What was logged, by event. */
class Events implements Log {
  readonly seen: string[] = [];
  debug(_fields: object, event: string): void {
    this.seen.push(event);
  }
  info = this.debug;
  warn = this.debug;
  error = this.debug;
}

/** The one that acts, in touch with `peer`. */
async function startActing(
  cluster: Cluster,
  peer: Peer,
  options: ControlOptions = {},
): Promise<{ readonly control: TestControl; readonly events: Events }> {
  const events = new Events();
  const parts = { holder: named('east'), log: events, peers: [peer] };
  const control = await startControl(cluster, { ...options, parts });
  return { control, events };
}

const isTold = (events: Events, event: string): Promise<true> =>
  until(event, { deadlineMs: 15_000 }, async () => events.seen.includes(event) || undefined);

describe.each(kinds)('%s', (engine) => {
  it('one that another controller sees serve is not dead, whatever stands on this side of a cut', async () => {
    await using cluster = await startCluster({ engine, replicas: 1 });
    await using relay = await startRelay(cluster.primary.address);
    const [, db2] = cluster.servers;
    if (!db2) throw new RangeError('two servers');
    await stopReplicating(db2);
    await followBy(db2, relay.address);
    await cluster.caughtUp();
    const holder = named('west');
    await using west = await startControl(cluster, { parts: { holder } });
    await using served = await servePeer(west.controller);
    const { control, events } = await startActing(cluster, served.peer, {
      policy: { ...automatic, seeds: [relay.address] },
      settings: { db1: { address: relay.address } },
    });
    await using _east = control;
    await isTold(events, 'peer.answers');
    for (const kind of ['refused', 'silent'] as const) {
      await relay.cut(kind);
      // Until both have surely lost it, and for some inquests more.
      await systemClock.sleep(4000);
      const operation = await control.failover();
      expect(operation.refusals?.map(({ code }) => code)).toEqual(['primary-alive']);
      expect(operation.refusals?.[0]?.fact).toContain('another controller');
      await relay.mend();
      await cluster.caughtUp();
    }
    const begun = await control.controller.operations({ limit: 50 });
    expect(begun.filter(({ status }) => status !== 'refused')).toEqual([]);
    await expectOnePrimary(cluster, 'db1');
  });

  it('one that two controllers have lost is dead, although no replica can tell', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await using west = await startControl(cluster, { parts: { holder: named('west') } });
    await using served = await servePeer(west.controller);
    const { control, events } = await startActing(cluster, served.peer, { policy: automatic });
    await using _east = control;
    await isTold(events, 'peer.answers');
    await cluster.caughtUp();
    for (const name of ['db2', 'db3']) await stopReplicating(cluster.server(name));
    await cluster.server('db1').kill();
    const { status, plan } = await control.firstEnded('failover', 20_000);
    expect(plan?.judgement?.rule).toBe('lost-by-controllers');
    expect(plan?.judgement?.testimonies).toContainEqual(
      expect.objectContaining({ kind: 'peer', witness: 'peer west', says: 'gone' }),
    );
    expect(status).toBe('succeeded');
    await expectOnePrimary(cluster, plan?.to.name ?? '');
    // It only ever bore witness.
    expect(await west.controller.operations({ limit: 50 })).toEqual([]);
  });
});

describe('a peer that is no help, mariadb', () => {
  it.each([
    ['refuses', 'refused', 'before'],
    ['is silent', 'silent', 'before'],
    ['falls silent', 'silent', 'with it'],
  ] as const)('%s: a killed primary is replaced without it', async (_what, kind, when) => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using west = await startControl(cluster, { parts: { holder: named('west') } });
    await using served = await servePeer(west.controller);
    const url = new URL(served.settings.url);
    await using relay = await startRelay({ host: url.hostname, port: Number(url.port) });
    const { host, port } = relay.address;
    const peer = httpPeer({ ...served.settings, url: `http://${host}:${port}` }, systemClock);
    await using _peer = { [Symbol.asyncDispose]: () => peer.close() };
    const { control, events } = await startActing(cluster, peer, { policy: automatic });
    await using _east = control;
    await isTold(events, 'peer.answers');
    await relay.cut(kind);
    if (when === 'before') await isTold(events, 'peer.silent');
    await cluster.server('db1').kill();
    const { status, plan } = await control.firstEnded('failover', 20_000);
    expect(status).toBe('succeeded');
    expect(plan?.judgement?.rule).toBe('lost-by-replicas');
    const { testimonies = [] } = plan?.judgement ?? {};
    const itsWords = testimonies.filter((each) => each.kind === 'peer').map(({ says }) => says);
    // The judgement was made before a silence had been waited for to the end.
    expect([[], ...(kind === 'refused' ? [['cannot-tell']] : [])]).toContainEqual(itsWords);
  });

  it('that is this very controller is no second witness', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using west = await startControl(cluster, { parts: { holder: named('east') } });
    await using served = await servePeer(west.controller);
    const { control, events } = await startActing(cluster, served.peer, { policy: automatic });
    await using _east = control;
    await isTold(events, 'peer.silent');
    for (const name of ['db2', 'db3']) await stopReplicating(cluster.server(name));
    await cluster.server('db1').kill();
    const operation = await until('the primary is suspected', { deadlineMs: 15_000 }, async () => {
      const each = await control.failover();
      return each.refusals?.some(({ code }) => code === 'primary-unsure') ? each : undefined;
    });
    expect(operation.status).toBe('refused');
  });
});

describe('a witness, mariadb', () => {
  it('says what it sees itself, and cannot tell what it has no time or no way to see', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    await using west = await startControl(cluster);
    const { controller, name } = west;
    const { id: server } = controller.server('db1');
    const says = async (asked: Partial<WitnessAsked> = {}): Promise<string> =>
      (await controller.witness(name, { server, deadlineMs: 10_000, ...asked })).says;
    expect(await says()).toBe('serves');
    expect(await says({ server: serverId('mariadb-nobody') })).toBe('cannot-tell');
    await cluster.server('db1').pause();
    expect(await says({ deadlineMs: 100 })).toBe('cannot-tell');
    expect(await says()).toBe('silent');
    cluster.server('db1').resume();
    await until('it answers again', { deadlineMs: 10_000 }, async () => (await says()) === 'serves');
    // Of what its replica still receives it says nothing.
    await cluster.server('db1').kill();
    expect(await says()).toBe('gone');
  });
});

describe('two controllers as they are configured, mariadb', () => {
  it('find each other by URL and token, and the plan names the witness', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    const clusters = [{ name: 'orders', cluster }];
    const folder = (name: string): string => `${cluster.folder}/${name}`;
    await using west = await startControllerProcess({ folder: folder('west'), clusters });
    const peers = [{ name: 'west', url: `${west.url}/`, tokenFile: west.tokenFile }];
    await using east = await startControllerProcess({ folder: folder('east'), clusters, keys: { peers } });
    await until('they are in touch', { deadlineMs: 15_000 }, async () =>
      (await readFile(east.logFile, 'utf8')).includes('peer.answers'),
    );
    await stopReplicating(cluster.server('db2'));
    await cluster.server('db1').kill();
    const { judgement } = await until('there is a plan', { deadlineMs: 15_000 }, () =>
      east.client.post('/v1/clusters/orders/failover', { dryRun: true }, planSchema).catch(() => undefined),
    );
    expect(judgement?.rule).toBe('lost-by-controllers');
    expect(judgement?.testimonies.map(({ witness }) => witness)).toContain('peer west');
  });
});
