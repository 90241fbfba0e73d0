/** Wires the floors together: one controller with its store, its API and its engines, until it is told to stop. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { agentClients } from './agent-clients.ts';
import { createRestApi, readOrMakeToken } from './api/rest/index.ts';
import { type Configuration, loadConfiguration } from './control/configuration/index.ts';
import { Controller, type ControllerParts } from './control/controller.ts';
import { runHook } from './control/hooks.ts';
import { processHolder } from './control/operations/holder.ts';
import { systemClock } from './control/system-clock.ts';
import { controllerRoutes } from './controller-routes.ts';
import { formatAddress } from './core/identity.ts';
import type { Peer } from './core/peer.ts';
import type { Store } from './core/store.ts';
import { engines } from './engines/registry.ts';
import { enrolment } from './hosts/certificates/enrolment.ts';
import { openOrMakeAuthority } from './hosts/certificates/files.ts';
import { openRevocations } from './hosts/certificates/revocations.ts';
import { tokenShelf } from './hosts/certificates/token-shelf.ts';
import { nextSignal } from './next-signal.ts';
import { httpPeer } from './peers/http-peer.ts';
import { openSalvageShelf } from './stores/files/salvage-shelf.ts';
import { openSqliteStore } from './stores/sqlite/index.ts';

interface Served {
  readonly url: string;
  readonly tokenFile: string;
  close(): Promise<void>;
}

/** Runs until SIGINT or SIGTERM; a running operation is let end first, a second signal leaves it to the next start. */
export async function serve(configPath: string | undefined): Promise<void> {
  const configuration = loadConfiguration(configPath);
  const log = pino({ level: configuration.log.level }, pino.destination({ dest: 2, sync: false }));
  const served = await start(configuration, log);
  log.info({ url: served.url, tokenFile: served.tokenFile, pid: process.pid }, 'controller.ready');
  const signal = await nextSignal();
  log.info({ signal }, 'controller.stopping');
  void nextSignal().then((again) => {
    log.warn({ signal: again }, 'controller.left');
    process.exit(1);
  });
  await served.close();
  log.info({}, 'controller.stopped');
  log.flush();
}

async function start(configuration: Configuration, log: Logger): Promise<Served> {
  await using resources = new AsyncDisposableStack();
  await mkdir(configuration.dataDir, { recursive: true, mode: 0o700 });
  const { token, file } = await readOrMakeToken(configuration.dataDir);
  const store = await openSqliteStore({
    path: join(configuration.dataDir, 'dauphin.db'),
    clock: systemClock,
  });
  resources.defer(() => store.close());
  // Made while the controller runs, so they end after it.
  const clients = resources.use(new AsyncDisposableStack());
  const authority = await openOrMakeAuthority(configuration.dataDir, systemClock.now());
  const revocations = await openRevocations(store);
  const agents = await agentClients({ authority, revocations, clock: systemClock }, clients);
  const controller = controllerOf(
    configuration,
    store,
    { agents, peers: peerClients(configuration, clients) },
    log,
  );
  resources.defer(() => controller.close());
  const api = createRestApi({
    control: controller,
    token,
    log,
    enrolment: enrolment({
      ...{ authority, clock: systemClock, tokens: tokenShelf(store), revocations },
      agentHosts: configuration.clusters
        .flatMap(({ policy }) => policy.servers)
        .flatMap(({ agent }) => (agent === undefined ? [] : [agent.host])),
    }),
  });
  resources.defer(() => api.close());
  await controller.start();
  await serveSentinel(configuration, controller, resources, log);
  const url = await api.listen(configuration.listen);
  const running = resources.move();
  return { url, tokenFile: file, close: () => running.disposeAsync() };
}

/** Where the configuration says so; its view ends before the controller does. */
async function serveSentinel(
  { sentinel: settings }: Configuration,
  control: Controller,
  resources: AsyncDisposableStack,
  log: Logger,
): Promise<void> {
  if (settings === undefined) return;
  const { listenSentinel, viewOfControlPlane } = await import('./api/sentinel/index.ts');
  const { others } = settings;
  const view = resources.use(viewOfControlPlane({ control, clock: systemClock, log, others }));
  const { address } = resources.use(await listenSentinel({ settings, view, clock: systemClock, log }));
  log.info({ address: formatAddress(address) }, 'sentinel.ready');
}

/** Clients of the other controllers. */
function peerClients({ peers }: Configuration, resources: AsyncDisposableStack): readonly Peer[] {
  return peers.map((settings) => {
    const client = httpPeer(settings, systemClock);
    resources.defer(() => client.close());
    return client;
  });
}

function controllerOf(
  configuration: Configuration,
  store: Store,
  clients: Pick<ControllerParts, 'agents' | 'peers'>,
  log: Logger,
): Controller {
  return new Controller({
    store,
    clock: systemClock,
    holder: processHolder(),
    log,
    engines,
    routes: controllerRoutes({ agents: clients.agents, clock: systemClock }),
    clusters: configuration.clusters,
    timing: configuration.poll,
    recovery: configuration.recovery,
    shelf: openSalvageShelf(join(configuration.dataDir, 'salvaged')),
    ...clients,
    runHook: (hook, { operation, plan, moment, position }, call) => {
      const input = {
        operation,
        cluster: plan.cluster,
        moment,
        oldPrimary: plan.from,
        newPrimary: plan.to,
        ...(moment === 'after' ? { status: 'succeeded' as const } : {}),
        ...(position === undefined ? {} : { position }),
      };
      return runHook(hook, input, call, systemClock);
    },
  });
}
