/** One agent, put together from its configuration and its certificate. */
import { mkdir } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Call, Clock } from '../../core/clock.ts';
import type { EngineHost } from '../../core/host.ts';
import type { EngineKind } from '../../core/observation.ts';
import type { Credentials } from '../certificates/credentials.ts';
import type { AgentConfiguration, ServerConfiguration } from './agent-configuration.ts';
import { createAgentServer, tlsOptions } from './agent-server.ts';
import { awaitReaped } from './await-reaped.ts';
import { requireData, sweep } from './data-swap.ts';
import { DiskProbe } from './disk-probe.ts';
import type { Fence } from './fence.ts';
import { FenceGuard } from './fence-guard.ts';
import { readMark } from './fence-mark.ts';
import { hostCopies } from './host-copies.ts';
import { hostData } from './host-data.ts';
import { HostDuty } from './host-duty.ts';
import { findLog } from './log-place.ts';
import { requireNetAdmin } from './may-move-addresses.ts';
import { ownAddresses } from './own-addresses.ts';
import { type Doorbell, greets, unseen } from './own-probe.ts';
import { ServerFinder } from './server-finder.ts';
import { byCommand, type Supervision } from './supervision.ts';
import { bySystemd } from './systemd-unit.ts';

/** Beside the data, because it is that disk which matters. */
const probeFile = '.dauphin-disk';
const startMs = 30_000;
const greetingMs = 1000;

export interface AgentParts {
  readonly configuration: AgentConfiguration;
  readonly credentials: Credentials;
  readonly engines: Readonly<Record<EngineKind, EngineHost>>;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
}

export interface RunningAgent {
  /** New connections are greeted with it; those that are open go on. */
  renew(credentials: Credentials): void;
  close(): Promise<void>;
}

/**
 * Listens when it returns; a fence that was on record holds again before that. Throws `config-invalid` when its server
 * answers and it cannot see the server's process: it would fence nothing.
 */
export async function startAgent(parts: AgentParts): Promise<RunningAgent> {
  const { configuration, credentials, clock, log } = parts;
  if (configuration.addresses.length > 0) await requireNetAdmin();
  await mkdir(configuration.dataDir, { recursive: true, mode: 0o700 });
  const duty = await dutyOf(parts);
  try {
    const app = createAgentServer({ duty, credentials, clock, log });
    await app.listen(configuration.listen);
    return {
      renew: (fresh) => {
        app.server.setSecureContext(tlsOptions(fresh));
      },
      close: async () => {
        duty[Symbol.dispose]();
        await app.close();
      },
    };
  } catch (thrown) {
    duty[Symbol.dispose]();
    throw thrown;
  }
}

async function dutyOf({ configuration, engines, clock, log }: AgentParts): Promise<HostDuty> {
  const { server, dataDir, addresses } = configuration;
  const engine = engines[server.engine];
  const { dataFolder, readOnlyFile, supervise } = server;
  requireData(dataFolder);
  sweep(dataFolder).catch((thrown: unknown) => log.warn({ err: thrown }, 'copy.leftovers-stay'));
  const finder = new ServerFinder(
    {
      programs: engine.programs,
      dataFolder,
      ...(supervise.kind === 'pid-file' ? { pidFile: supervise.pidFile } : {}),
    },
    clock,
  );
  const marks = {
    dataDir,
    readOnlyLines: engine.readOnly.lines,
    ...(readOnlyFile === undefined ? {} : { readOnlyFile }),
  };
  const where = whereOf(server, engine);
  await requireSight(finder, where, clock);
  const mark = await readMark(marks);
  const supervision = supervisionOf(server, (call) => awaitReaped(engine.programs, call, clock));
  const { backup } = engine;
  const duty = new HostDuty({
    ...(backup && {
      copies: (fence: Pick<Fence, 'whileDown'>) => hostCopies({ backup, server, dataDir, fence }),
    }),
    data: hostData(dataFolder),
    engine,
    clock,
    log,
    finder,
    guard: new FenceGuard(finder, clock, log),
    disk: new DiskProbe(join(dataFolder, probeFile), clock),
    supervision,
    addresses: ownAddresses(addresses, clock),
    where,
    marks,
    mark,
    logPlace: () => findLog(server, engine),
  });
  const isOurs = supervise.kind === 'child' && !mark.fenced && finder.find() === undefined;
  if (isOurs) {
    const call = { signal: new AbortController().signal, deadlineMs: startMs };
    await supervision.start(mark.startsReadOnly ? engine.readOnly.args : [], call);
  }
  return duty;
}

async function requireSight(finder: ServerFinder, where: Doorbell, clock: Clock): Promise<void> {
  if (finder.find() !== undefined) return;
  const call = { signal: new AbortController().signal, deadlineMs: greetingMs };
  // It may have been started just now.
  if ((await greets(where, call, clock)) && finder.find() === undefined) throw unseen(where);
}

function supervisionOf(
  { supervise }: ServerConfiguration,
  settled: (call: Call) => Promise<void>,
): Supervision {
  switch (supervise.kind) {
    case 'child':
      return byCommand(startOf(supervise), settled);
    case 'pid-file':
      return byCommand(supervise.start && startOf(supervise.start), settled);
    case 'systemd':
      return bySystemd(supervise.unit);
    default:
      return supervise satisfies never;
  }
}

function startOf({ command, args, output }: { command: string; args: string[]; output?: string }) {
  return { command, args, ...(output === undefined ? {} : { output }) };
}

function whereOf(server: ServerConfiguration, { ring }: EngineHost): Doorbell {
  return { ...addressOf(server), ...(ring === undefined ? {} : { ring }) };
}

function addressOf({ socket, address }: ServerConfiguration): NetConnectOpts {
  // The configuration demands one of them.
  return socket === undefined
    ? { host: address?.host ?? '127.0.0.1', port: address?.port ?? 0 }
    : { path: socket };
}
