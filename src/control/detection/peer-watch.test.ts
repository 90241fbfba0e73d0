import { expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { type ClusterName, clusterName, serverId } from '../../core/identity.ts';
import type { Peer, PeerGreeting } from '../../core/peer.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import type { Log } from '../log.ts';
import { PeerWatch } from './peer-watch.ts';

const question = { cluster: clusterName('orders'), server: serverId('db1'), lookMs: 750 };

/** A controller that can go away. */
class Controller implements Peer {
  readonly name: string;
  readonly #controller: string;
  state: 'answers' | 'refuses' | 'silent' = 'answers';
  clusters: readonly ClusterName[] = [question.cluster, clusterName('carts')];

  constructor(name: string, controller: string) {
    this.name = name;
    this.#controller = controller;
  }

  async greet(): Promise<PeerGreeting> {
    if (this.state === 'silent') await Promise.withResolvers<void>().promise;
    if (this.state === 'refuses') throw new Fault('controller-unreachable', 'connection refused');
    return { controller: this.#controller, clusters: this.clusters };
  }

  async look() {
    const { controller } = await this.greet();
    return { controller, says: 'gone' as const, fact: 'refused' };
  }
}

class Story implements Log {
  readonly told: string[] = [];
  readonly clock = new VirtualClock();
  readonly signal = new AbortController().signal;

  debug(fields: object, event: string): void {
    const about = Object.entries(fields).filter(([key]) => key === 'peer' || key === 'cluster');
    this.told.push([event, ...about.map(([, value]) => String(value))].join(' '));
  }
  info = this.debug;
  warn = this.debug;
  error = this.debug;

  watch(...peers: readonly Peer[]): PeerWatch {
    const clusters = [question.cluster, clusterName('carts')].map((name) => ({ policy: { name } }));
    return new PeerWatch({ peers, clock: this.clock, log: this, self: 'east', clusters });
  }

  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms;
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await settled();
    while (this.clock.step(end)) await settled();
    this.clock.skipTo(end);
  }
}

it('a silence is told once, and so is its end', async () => {
  const story = new Story();
  const west = new Controller('west', 'w');
  const watch = story.watch(west);
  watch.start();
  await story.pass(12_000);
  expect(watch.known[0]?.answers).toBe(true);
  west.state = 'silent';
  await story.pass(20_000);
  expect(watch.known[0]?.answers).toBe(false);
  west.state = 'answers';
  await story.pass(10_000);
  expect(watch.known[0]?.answers).toBe(true);
  await watch.close();
  expect(story.told).toEqual(['peer.answers west', 'peer.silent west', 'peer.answers west']);
});

it('one that does not answer cannot tell, and nobody waits for it the next time', async () => {
  const story = new Story();
  const west = new Controller('west', 'w');
  const [known] = story.watch(west).known;
  expect(await known?.look(question, story.signal)).toEqual({ says: 'gone', fact: 'refused' });
  expect(known?.answers).toBe(true);
  for (const state of ['refuses', 'silent'] as const) {
    west.state = state;
    const asked = known?.look(question, story.signal);
    await story.pass(1000);
    expect((await asked)?.says).toBe('cannot-tell');
    expect(known?.answers).toBe(false);
  }
});

it('of two names of one controller only the first is a witness, and of this controller none', async () => {
  const story = new Story();
  const watch = story.watch(
    new Controller('west', 'w'),
    new Controller('west-too', 'w'),
    new Controller('myself', 'east'),
  );
  watch.start();
  await story.pass(100);
  const words = watch.known.map(async (peer) => (await peer.look(question, story.signal))?.says);
  expect(await Promise.all(words)).toEqual(['gone', 'cannot-tell', 'cannot-tell']);
  await watch.close();
  expect(story.told).toEqual(['peer.answers west', 'peer.silent west-too', 'peer.silent myself']);
});

it('nothing is said when the waiting was ended', async () => {
  const story = new Story();
  const west = new Controller('west', 'w');
  west.state = 'silent';
  const stop = new AbortController();
  const asked = story.watch(west).known[0]?.look(question, stop.signal);
  stop.abort();
  expect(await asked).toBe(undefined);
});

it('one that does not watch a cluster is no witness of it, is told once, and counts again when it does', async () => {
  const story = new Story();
  const west = new Controller('west', 'w');
  const carts = clusterName('carts');
  west.clusters = [carts];
  const watch = story.watch(west);
  const [known] = watch.known;
  expect(known?.isWitnessOf(question.cluster)).toBe(true);
  watch.start();
  await story.pass(12_000);
  expect([question.cluster, carts].map((each) => known?.isWitnessOf(each))).toEqual([false, true]);
  // What it watches is not forgotten with its silence.
  west.state = 'silent';
  await story.pass(12_000);
  expect(known?.isWitnessOf(question.cluster)).toBe(false);
  west.state = 'answers';
  west.clusters = [carts, question.cluster];
  await story.pass(12_000);
  expect(known?.isWitnessOf(question.cluster)).toBe(true);
  await watch.close();
  expect(story.told).toEqual([
    'peer.answers west',
    'peer.not-watching west orders',
    'peer.silent west',
    'peer.answers west',
    'peer.watching west orders',
  ]);
});
