/**
 * A controller in a process of its own that asks for a switchover, or a rejoin, and kills itself with SIGKILL at a given line
 * of the journal. Arguments: one JSON document.
 */

import type { ClusterSetup } from '../../src/control/cluster-setup.ts';
import { Controller } from '../../src/control/controller.ts';
import { processHolder } from '../../src/control/operations/holder.ts';
import { systemClock } from '../../src/control/system-clock.ts';
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
  /** The new primary, or the server that is to rejoin. */
  readonly to: string;
  /** Of a rejoin: where agents' authority lies, and what is saved. */
  readonly rejoin?: { readonly authority: string; readonly shelf: string };
  readonly step: string;
  readonly event: 'step-started' | 'step-done';
  readonly when: 'before' | 'after';
  /** After the line; lets the step's effect begin. */
  readonly delayMs: number;
}

const doom = JSON.parse(process.argv[2] ?? '{}') as Doom;
const die = (): void => process.kill(process.pid, 'SIGKILL') as unknown as undefined;
const store = await openSqliteStore({ path: doom.storePath, clock: systemClock });
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const authority = doom.rejoin && (await openOrMakeAuthority(doom.rejoin.authority, Date.now()));
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
  shelf: doom.rejoin ? openSalvageShelf(doom.rejoin.shelf) : createMemoryShelf(),
  agents: (address) => {
    if (!controllerIdentity) throw new Error('no agents in this test');
    return hostAgent(address, () => controllerIdentity, systemClock);
  },
  runHook: () => Promise.reject(new Error('no hooks in this test')),
});
await controller.start();
while (controller.topology('orders').nodes.some((node) => !node.reachable)) await systemClock.sleep(5);
const asked = { cluster: 'orders', requestedBy: 'doomed' };
const ask = () =>
  doom.rejoin
    ? controller.rejoin({ ...asked, server: doom.to })
    : controller.switchover({ ...asked, to: doom.to });
let answer = await ask();
// What the story before this one left may still be settling.
for (let tries = 0; !answer.ok && tries < 50; tries += 1) {
  await systemClock.sleep(100);
  answer = await ask();
}
process.stdout.write(`${JSON.stringify(answer.ok ? { id: answer.operation.id } : answer)}\n`);
// Every story ends by SIGKILL; this bounds one whose line never came.
setTimeout(() => process.exit(3), doom.rejoin ? 60_000 : 20_000);
