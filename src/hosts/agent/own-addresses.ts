/** The addresses that the agent may move to its host and from it, with iproute2. */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { HostAddresses, MovingAddress } from '../../core/host.ts';
import { announceAddress } from './announce-address.ts';
import { hostOf, interfaceFor, type NetworkLinks, placeOf, readLinks } from './network-links.ts';
import { runTool } from './run-tool.ts';

export interface OwnAddresses extends HostAddresses {
  /** Under a fence. Returns when the host has none of them. */
  dropAll(call: Call): Promise<void>;
}

/** In one network a neighbour answers within a few milliseconds. */
const neighbourMs = 100;
const lookEveryMs = 10;

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
  return {
    look: async (asked, call) => ({ held: placeOf(await links(call), known(asked)) !== undefined }),
    claim: (asked, call) => claim(known(asked), clock, call),
    drop: (asked, call) => drop(known(asked), call),
    dropAll: async (call) => {
      await Promise.all(allowed.map((address) => drop({ address }, call)));
    },
  };
}

async function claim(asked: MovingAddress, clock: Clock, call: Call): Promise<void> {
  const host = hostOf(asked);
  const now = await links(call);
  const place = placeOf(now, asked);
  if (place) return announceAddress(host, place.interface, call);
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
  const place = placeOf(await links(call), asked);
  if (!place) return;
  // While it can still tell the other side; without it clients would wait for an answer that cannot come.
  await runTool('ss', ['-K', '-t', '-H', 'src', hostOf(asked)], call).catch(() => undefined);
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
