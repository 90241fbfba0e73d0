/** What keeps a witness, or a survivor, from counting; each was found by reading, and each cost or made a failover. */
import { expect, it } from 'vitest';
import { Fault } from '../../src/contract/errors.ts';
import type { Call } from '../../src/core/clock.ts';
import type { Peer } from '../../src/core/peer.ts';
import { translateDriverError } from '../../src/engines/sql/driver-errors.ts';
import type { Wiring } from './controller-process.ts';
import { runScenario } from './run-scenario.ts';
import { automatic, type PlannedTrouble, quietFailover, type Role, type Scenario } from './scenario.ts';
import { broken, type Spoil } from './spoil.ts';

const alone: Scenario['failover'] = { ...automatic, agents: false, durability: 'available', maxLoss: 'any' };
const isolatedAt = (atMs: number, role: Role): PlannedTrouble => ({
  moment: { atMs },
  trouble: { kind: 'isolate', role, forMs: 20_000 },
});
const isolated = isolatedAt(500, 'primary');

/** `spoil` is given what the controller's time is. */
function wired(spoil: (wiring: Wiring) => Spoil): (wiring: Wiring) => Wiring {
  return (wiring) => broken(spoil(wiring))(wiring);
}

/** More than a question's patience, less than a look may take. */
const slowly = (slow: readonly string[]): ((wiring: Wiring) => Wiring) =>
  wired(({ process }) => (link) => ({
    probe: async (call: Call) => {
      if (slow.includes(link.address.host)) await process.time.sleep(800, call.signal);
      return link.probe(call);
    },
  }));

it('a failover happens where every look at a survivor takes 800 ms', async () => {
  for (const engine of ['mariadb', 'mysql'] as const) {
    const scenario: Scenario = {
      ...quietFailover,
      engine,
      siblings: 0,
      failover: alone,
      troubles: [isolated],
    };
    const { status, breaches } = await runScenario(scenario, { wiring: slowly(['10.0.0.2']) });
    expect({ engine, status, breaches }).toEqual({ engine, status: 'succeeded', breaches: [] });
  }
});

/** At different moments between two looks of the watch. */
const moments = [500, 700, 900, 1100, 1300];

it('what a slow survivor has received is gathered', { timeout: 30_000 }, async () => {
  for (const atMs of moments) {
    const scenario = { ...quietFailover, failover: alone, troubles: [isolatedAt(atMs, 'primary')] };
    const { status, breaches, trace } = await runScenario(scenario, { wiring: slowly(['10.0.0.3']) });
    const gathered = trace.some((line) => line.includes('"step":"gather:db3"'));
    expect({ atMs, status, breaches, gathered }).toEqual({
      atMs,
      status: 'succeeded',
      breaches: [],
      gathered: true,
    });
  }
});

it('a replica that is cut off with the primary is not taken for a survivor', {
  timeout: 30_000,
}, async () => {
  for (const atMs of moments) {
    const troubles = [isolatedAt(atMs, 'primary'), isolatedAt(atMs, 'db3')];
    const scenario = { ...quietFailover, failover: alone, troubles };
    const { status, breaches, trace } = await runScenario(scenario);
    const gathered = trace.some((line) => line.includes('"step":"gather:db3"'));
    expect({ atMs, status, breaches, gathered }).toEqual({
      atMs,
      status: 'succeeded',
      breaches: [],
      gathered: false,
    });
  }
});

it.each([1040, 1203, 1226])(
  'a primary that is full (%i) serves, whatever its replicas say',
  async (errno) => {
    const full = wired(({ process }) => (link) => {
      const turnedAway = async (): Promise<never> => {
        throw translateDriverError(
          Object.assign(new Error('has already more'), { errno }),
          link.address,
          'connect',
        );
      };
      const isFull = (): boolean => link.address.host === '10.0.0.1' && process.time.monotonic() > 3000;
      return {
        probe: (call) => (isFull() ? turnedAway() : link.probe(call)),
        pulse: (call) => (isFull() ? turnedAway() : link.pulse(call)),
      };
    });
    const cut: PlannedTrouble = { moment: { atMs: 3000 }, trouble: { kind: 'cut-replicas', forMs: 9000 } };
    const scenario: Scenario = { ...quietFailover, failover: alone, troubles: [cut] };
    const { status, breaches } = await runScenario(scenario, { wiring: full });
    expect({ status, breaches }).toEqual({ status: 'none', breaches: [] });
  },
);

it('peers that are this controller itself do not keep it from a majority', async () => {
  const itself = (name: string, controller: string): Peer => ({
    name,
    look: async () => ({ controller, says: 'silent', fact: 'no answer' }),
    greet: async () => ({ controller }),
  });
  const copied = (wiring: Wiring): Wiring => {
    const { name } = wiring.process;
    return { ...wiring, peers: [itself('east', name), itself('west', name)] };
  };
  const scenario: Scenario = { ...quietFailover, siblings: 0, failover: alone, troubles: [isolated] };
  const { status, breaches } = await runScenario(scenario, { wiring: copied });
  expect({ status, breaches }).toEqual({ status: 'succeeded', breaches: [] });
});

it('a peer that turns out to be this controller only when it is asked does not count either', async () => {
  const diedAt: number[] = [];
  for (const count of [0, 2]) {
    const peers = ['east', 'west'].slice(0, count);
    const wiring = (as: Wiring): Wiring => ({
      ...as,
      peers: peers.map((name) => ({
        name,
        look: async () => ({ controller: as.process.name, says: 'silent', fact: 'no answer' }),
        greet: () => Promise.reject(new Fault('controller-unreachable', 'not yet')),
      })),
    });
    const scenario: Scenario = { ...quietFailover, siblings: 0, failover: alone, troubles: [isolated] };
    const { trace } = await runScenario(scenario, { wiring });
    diedAt.push(Number.parseFloat(trace.find((line) => line.includes('primary.dead')) ?? ''));
  }
  const [without = 0, withTwo = 0] = diedAt;
  // Another inquest comes a second later.
  expect(Math.abs(withTwo - without)).toBeLessThan(500);
});

it('of a controller’s names only the first counts among those who could tell', async () => {
  const other = (name: string): Peer => ({
    name,
    look: async () => ({ controller: 'other', says: 'cannot-tell', fact: 'it has never seen this server' }),
    greet: async () => ({ controller: 'other' }),
  });
  const twice = (wiring: Wiring): Wiring => ({ ...wiring, peers: [other('east'), other('west')] });
  const scenario: Scenario = { ...quietFailover, siblings: 0, failover: alone, troubles: [isolated] };
  const { status, breaches } = await runScenario(scenario, { wiring: twice });
  expect({ status, breaches }).toEqual({ status: 'succeeded', breaches: [] });
});

it('a peer that does not watch the cluster does not count among those who could tell', async () => {
  const elsewhere = (wiring: Wiring): Wiring => ({
    ...wiring,
    peers: ['east', 'west'].map((name) => ({
      name,
      look: () => Promise.reject(new Fault('not-found', 'no cluster "orders"')),
      greet: async () => ({ controller: name, clusters: [] }),
    })),
  });
  const scenario: Scenario = { ...quietFailover, siblings: 0, failover: alone, troubles: [isolated] };
  const { status, breaches } = await runScenario(scenario, { wiring: elsewhere });
  expect({ status, breaches }).toEqual({ status: 'succeeded', breaches: [] });
});
