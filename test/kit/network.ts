/**
 * Hosts with a network of their own: namespaces on one bridge, which the test's own process is on, too. What runs in
 * one is reached at its address and at no other; a frame between two crosses the bridge as on a switch.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { isAlive } from './folder.ts';
import { runProgram } from './run-program.ts';

export interface NetworkHost {
  /** For `ip netns` and `nsenter --net`. */
  readonly namespace: string;
  readonly host: string;
}

/** Not a range that this machine, or a container on it, is likely to be in. */
const subnet = `10.${211 + (process.pid % 40)}.${Math.floor(process.pid / 40) % 250}`;
const prefix = 'dauphin-net';
const deadlineMs = 10_000;

/** Why there can be none here; undefined when there can. */
export function networkUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const probe = `${prefix}-${process.pid}-probe`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe', timeout: deadlineMs });
    execFileSync('ip', ['netns', 'del', probe], { stdio: 'pipe', timeout: deadlineMs });
    return undefined;
  } catch (thrown) {
    return `no network namespaces here: ${String(thrown)}`;
  }
}

export class Network implements AsyncDisposable {
  readonly hosts: readonly NetworkHost[];
  readonly #bridge: string;

  constructor(bridge: string, hosts: readonly NetworkHost[]) {
    this.#bridge = bridge;
    this.hosts = hosts;
  }

  /** An address of the network that no host has. */
  address(last: number): string {
    return `${subnet}.${last}`;
  }

  /** Runs a program on a host. */
  run({ namespace }: NetworkHost, command: string, args: readonly string[], withinMs = deadlineMs) {
    return runProgram('nsenter', [`--net=/run/netns/${namespace}`, command, ...args], {
      deadlineMs: withinMs,
    });
  }

  /** Nothing reaches the host any more, and nothing comes from it. */
  async unplug({ namespace }: NetworkHost): Promise<void> {
    await ip('-n', namespace, 'link', 'set', 'eth0', 'down');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A namespace goes some time after its deletion, and what is in it with it.
    for (const at of this.hosts.keys()) await ip('link', 'del', portOf(process.pid, at)).catch(() => '');
    const rest = [
      ...this.hosts.map(({ namespace }) => ['netns', 'del', namespace]),
      ['link', 'del', this.#bridge],
    ];
    const failures: unknown[] = [];
    for (const args of rest) await ip(...args).catch((thrown: unknown) => failures.push(thrown));
    if (failures.length > 0) throw new AggregateError(failures, 'the network was not wholly removed');
  }
}

/** `names`: one host each. What they run must have ended when the network is disposed. */
export async function startNetwork(names: readonly string[]): Promise<Network> {
  await removeThoseOfDead();
  const bridge = `dpb${process.pid}`;
  await ip('link', 'add', bridge, 'type', 'bridge');
  const hosts: NetworkHost[] = [];
  const network = new Network(bridge, hosts);
  try {
    await ip('addr', 'add', `${subnet}.1/24`, 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    for (const [at, name] of names.entries()) {
      const namespace = `${prefix}-${process.pid}-${name}`;
      const host = `${subnet}.${11 + at}`;
      await ip('netns', 'add', namespace);
      hosts.push({ namespace, host });
      const port = portOf(process.pid, at);
      await ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      await ip('link', 'set', port, 'master', bridge, 'up');
      await ip('-n', namespace, 'link', 'set', 'lo', 'up');
      await ip('-n', namespace, 'addr', 'add', `${host}/24`, 'dev', 'eth0');
      await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    }
    return network;
  } catch (thrown) {
    await network[Symbol.asyncDispose]();
    throw thrown;
  }
}

const portOf = (pid: number, at: number): string => `dpv${pid}x${at}`;

const ip = (...args: readonly string[]): Promise<string> => runProgram('ip', args, { deadlineMs });

/** A run that was killed has left its own. */
async function removeThoseOfDead(): Promise<void> {
  const namespaces = readdirOrNone('/run/netns').filter((name) => ownerOf(name, `${prefix}-`) === 'dead');
  for (const name of namespaces) await ip('netns', 'del', name).catch(tell);
  const bridges = readdirOrNone('/sys/class/net').filter((name) => ownerOf(name, 'dpb') === 'dead');
  for (const name of bridges) await ip('link', 'del', name).catch(tell);
}

/** Another run may have been faster; what stays is no reason for this one to fail. */
const tell = (thrown: unknown): void => console.error(String(thrown));

function ownerOf(name: string, mark: string): 'dead' | 'alive' | undefined {
  const pid = name.startsWith(mark) ? Number.parseInt(name.slice(mark.length), 10) : Number.NaN;
  if (Number.isNaN(pid)) return undefined;
  return isAlive(pid) ? 'alive' : 'dead';
}

function readdirOrNone(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
