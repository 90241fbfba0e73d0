/**
 * A controller in a process of its own that asks for a switchover, a failover, a rejoin, a repair or a reshape, and kills itself with SIGKILL at a
 * given line of the journal. Arguments: one JSON document.
 */

import type { ClusterSetup } from '../../src/control/cluster-setup.ts';
import type { ReshapeAsked } from '../../src/control/control-plane.ts';
import { Controller } from '../../src/control/controller.ts';
import { processHolder } from '../../src/control/operations/holder.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { RepairMeans } from '../../src/core/policy.ts';
import { engines } from '../../src/engines/registry.ts';
import { openOrMakeAuthority } from '../../src/hosts/certificates/files.ts';
import { hostAgent } from '../../src/hosts/client/host-agent.ts';
import { createMemoryShelf } from '../../src/simulator/memory-shelf.ts';
import { openSalvageShelf } from '../../src/stores/files/salvage-shelf.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { interruptingStore } from './interrupting-store.ts';

export interface Doom {
  readonly storePath: string;
  readonly setup: ClusterSetup;
  /** The new primary, or the server that is to rejoin or to be repaired. */
  readonly to: string;
  /** Default: a switchover. */
  readonly ask?:
    | { readonly what: 'rejoin' }
    | { readonly what: 'repair'; readonly by?: RepairMeans }
    | { readonly what: 'reshape'; readonly change: ReshapeAsked }
    /** `kill`: the primary's process, which is killed once it was seen alive. */
    | { readonly what: 'failover'; readonly kill: number };
  /** With agents: where their authority lies, and what is saved. */
  readonly hosts?: { readonly authority: string; readonly shelf: string };
  readonly step: string;
  readonly event: 'step-started' | 'step-done' | 'undo-started';
  readonly when: 'before' | 'after';
  /** After the line; lets the step's effect begin. */
  readonly delayMs: number;
}

const doom = JSON.parse(process.argv[2] ?? '{}') as Doom;
// Every story ends by SIGKILL; this bounds one whose line never came, or whose servers never answered.
setTimeout(() => process.exit(3), doom.ask ? 75_000 : 30_000);
const die = (): void => process.kill(process.pid, 'SIGKILL') as unknown as undefined;
const store = await openSqliteStore({ path: doom.storePath, clock: systemClock });
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const authority = doom.hosts && (await openOrMakeAuthority(doom.hosts.authority, Date.now()));
const controllerIdentity = await authority?.identity({ role: 'controller', hosts: [] }, Date.now());
const controller = new Controller({
  store: interruptingStore(store, {
    when: doom.when,
    run: async (what) => {
      if (what.event !== doom.event || what.step !== doom.step) return;
      if (doom.delayMs > 0) setTimeout(die, doom.delayMs);
      else die();
    },
  }),
  clock: systemClock,
  holder: processHolder(),
  log: silent,
  engines,
  routes: () => {
    throw new Error('no routes in this test');
  },
  clusters: [doom.setup],
  timing: { intervalMs: 1000, deadlineMs: 1000 },
  shelf: doom.hosts ? openSalvageShelf(doom.hosts.shelf) : createMemoryShelf(),
  agents: (address) => {
    if (!controllerIdentity) throw new Error('no agents in this test');
    return hostAgent(address, () => controllerIdentity, systemClock);
  },
  runHook: () => Promise.reject(new Error('no hooks in this test')),
});
await controller.start();
while (controller.topology('orders').nodes.some((node) => !node.reachable)) await systemClock.sleep(5);
const asked = { cluster: 'orders', requestedBy: 'doomed' };
const ask = () => {
  const server = doom.to;
  if (doom.ask === undefined) return controller.switchover({ ...asked, to: server });
  if (doom.ask.what === 'failover') return controller.failover({ ...asked, to: server });
  if (doom.ask.what === 'reshape') return controller.reshape(doom.ask.change);
  if (doom.ask.what === 'rejoin') return controller.rejoin({ ...asked, server });
  const { by } = doom.ask;
  return controller.repair({ ...asked, server, ...(by === undefined ? {} : { by }) });
};
if (doom.ask?.what === 'failover') process.kill(doom.ask.kill, 'SIGKILL');
let answer = await ask();
// What the story before this one left may still be settling.
for (let tries = 0; !answer.ok && tries < 50; tries += 1) {
  await systemClock.sleep(100);
  answer = await ask();
}
// On a loaded machine a failover may be taken back before it came so far.
while (doom.ask?.what === 'failover') {
  const ended = answer.ok && (await controller.operation(answer.operation.id)).status !== 'running';
  if (ended || !answer.ok) answer = await ask();
  await systemClock.sleep(100);
}
process.stdout.write(`${JSON.stringify(answer.ok ? { id: answer.operation.id } : answer)}\n`);
