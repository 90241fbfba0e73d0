/** Wires one agent: its configuration, its certificate and its engine, until it is told to stop. */
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { Fault } from './contract/errors.ts';
import { systemClock } from './control/system-clock.ts';
import { engineHosts } from './engines/host-registry.ts';
import { type AgentConfiguration, loadAgentConfiguration } from './hosts/agent/agent-configuration.ts';
import { join, renew } from './hosts/agent/join.ts';
import { keepRenewed } from './hosts/agent/renewal.ts';
import { startAgent } from './hosts/agent/start-agent.ts';
import type { Credentials } from './hosts/certificates/credentials.ts';
import { readCredentials, writeCredentials } from './hosts/certificates/files.ts';
import { nextSignal } from './next-signal.ts';

export interface AgentOptions {
  readonly config: string;
  /** The controller's API; default: the configuration's `controller`. */
  readonly join?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

const joinMs = 30_000;

/** Runs until SIGINT or SIGTERM; the server runs on. */
export async function agent(options: AgentOptions): Promise<void> {
  const configuration = loadAgentConfiguration(options.config);
  const log = pino({ level: configuration.log.level }, pino.destination({ dest: 2, sync: false }));
  const credentials = await credentialsOf(configuration, options);
  const running = await startAgent({
    configuration,
    credentials,
    engines: engineHosts,
    clock: systemClock,
    log,
  });
  const stopping = new AbortController();
  const url = options.join ?? configuration.controller;
  const renewal =
    url === undefined
      ? Promise.resolve()
      : keepRenewed(
          credentials,
          {
            clock: systemClock,
            log,
            ask: (old, call) => renew({ url, clock: systemClock }, old, call),
            take: async (fresh) => {
              await writeCredentials(configuration.dataDir, fresh);
              running.renew(fresh);
            },
          },
          stopping.signal,
        );
  log.info({ listen: configuration.listen, pid: process.pid }, 'agent.ready');
  log.info({ signal: await nextSignal() }, 'agent.stopping');
  stopping.abort();
  await renewal;
  await running.close();
  log.flush();
}

/** A token is used even when there is a certificate: that is how an agent gets a new one after a change of its address. */
async function credentialsOf(configuration: AgentConfiguration, options: AgentOptions): Promise<Credentials> {
  const { dataDir, listen, controller } = configuration;
  const token = await tokenOf(options);
  if (token !== undefined) {
    const url = options.join ?? controller;
    if (url === undefined) throw new Fault('bad-request', 'a token needs the controller to join: --join URL');
    const asked = { token, hosts: [listen.host] };
    const call = { signal: new AbortController().signal, deadlineMs: joinMs };
    const fresh = await join({ url, clock: systemClock }, asked, call);
    await writeCredentials(dataDir, fresh);
    return fresh;
  }
  const kept = await readCredentials(dataDir);
  if (kept) return kept;
  throw new Fault(
    'config-invalid',
    `${dataDir} has no certificate yet: join with --join URL --token-file FILE`,
  );
}

async function tokenOf({ token, tokenFile }: AgentOptions): Promise<string | undefined> {
  if (token !== undefined || tokenFile === undefined) return token;
  return await readFile(tokenFile, 'utf8').catch((thrown: unknown) => {
    throw new Fault('config-invalid', `the token file cannot be read: ${String(thrown)}`, { cause: thrown });
  });
}
