/** The addresses that the agent may move to its host and from it, with iproute2. */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { HostAddresses, MovingAddress } from '../../core/host.ts';
import { announceAddress } from './announce-address.ts';
import { hostOf, interfaceFor, type NetworkLinks, placesOf, readLinks } from './network-links.ts';
import { runTool } from './run-tool.ts';

export interface OwnAddresses extends HostAddresses {
  /** Under a fence. Returns when the host has none of them. */
  dropAll(call: Call): Promise<void>;
}

/** In one network a neighbour answers within a few milliseconds. */
const neighbourMs = 100;
const lookEveryMs = 10;
/** To end what is connected is a courtesy; a host with very many connections must not keep the address for it. */
const partingMs = 100;

/** `allowed`: as the agent's configuration writes them. */
export function ownAddresses(allowed: readonly string[], clock: Clock): OwnAddresses {
  const known = (asked: MovingAddress): MovingAddress => {
    if (allowed.some((own) => hostOf({ address: own }) === hostOf(asked))) return asked;
    const words = allowed.length === 0 ? 'none' : allowed.join(', ');
    throw new Fault(
      'config-invalid',
      `this agent may not move ${asked.address}: its configuration names ${words} (addresses)`,
    );
  };
  const same = (asked: MovingAddress): MovingAddress => {
    if (allowed.includes(known(asked).address)) return asked;
    throw new Fault(
      'config-invalid',
      `the route’s address is ${asked.address}, but this agent’s configuration names ${allowed.join(', ')} (addresses)`,
    );
  };
  return {
    look: async (asked, call) => ({ held: placesOf(await links(call), same(asked)).length > 0 }),
    claim: (asked, call) => claim(same(asked), clock, call),
    // Also when the prefixes differ: that it is not there is never wrong.
    drop: (asked, call) => drop(known(asked), call),
    dropAll: async (call) => {
      await Promise.all(allowed.map((address) => drop({ address }, call)));
    },
  };
}

async function claim(asked: MovingAddress, clock: Clock, call: Call): Promise<void> {
  const host = hostOf(asked);
  const now = await links(call);
  const places = placesOf(now, asked);
  for (const place of places) await announceAddress(host, place.interface, call);
  if (places.length > 0) return;
  const to = interfaceFor(now, asked);
  if (to === undefined)
    throw new Fault(
      'config-invalid',
      `no interface of this host is in the network of ${asked.address}; the route's interface can name it`,
    );
  await refuseTaken(host, to, clock, call);
  await runTool('ip', ['addr', 'add', asked.address, 'dev', to], call);
  await announceAddress(host, to, call);
}

async function drop(asked: MovingAddress, call: Call): Promise<void> {
  const places = placesOf(await links(call), asked);
  if (places.length === 0) return;
  // While it can still tell the other side; without it clients would wait for an answer that cannot come.
  const brief = { ...call, deadlineMs: Math.min(partingMs, call.deadlineMs) };
  await runTool('ss', ['-K', '-t', '-H', 'src', hostOf(asked)], brief).catch(() => undefined);
  for (const place of places)
    await runTool('ip', ['addr', 'del', place.address, 'dev', place.interface], call);
}

/** An address that two hosts answer for leads clients to either. Asks the network, as a person would with arping. */
async function refuseTaken(host: string, to: string, clock: Clock, call: Call): Promise<void> {
  const forget = () => runTool('ip', ['neigh', 'flush', 'to', host, 'dev', to], call);
  await forget();
  await runTool('ip', ['neigh', 'replace', host, 'dev', to, 'use'], call);
  const began = clock.monotonic();
  let neighbour = await neighbourOf(host, to, call);
  while (neighbour === undefined && clock.monotonic() - began < neighbourMs) {
    await clock.sleep(lookEveryMs, call.signal);
    neighbour = await neighbourOf(host, to, call);
  }
  await forget();
  if (neighbour !== undefined)
    throw new Fault('route-refused', `${host} is taken: ${neighbour} answers for it on ${to}`, {
      details: { address: host, neighbour },
    });
}

async function neighbourOf(host: string, to: string, call: Call): Promise<string | undefined> {
  const shown = await runTool('ip', ['neigh', 'show', 'to', host, 'dev', to], call);
  return / lladdr (\S+)/.exec(` ${shown}`)?.[1];
}

const links = async (call: Call): Promise<NetworkLinks> =>
  readLinks(await runTool('ip', ['-j', '-4', 'addr', 'show'], call));
