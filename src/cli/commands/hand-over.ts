/**
 * `dauphin switchover`, `failover` and `rejoin`: show the plan, or begin it and tell of its progress until it has
 * ended.
 */
import { operationListSchema } from '../../contract/answer-schema.ts';
import { asFault, Fault } from '../../contract/errors.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import type {
  FailoverRequest,
  RejoinRequest,
  RepairRequest,
  ReshapeRequest,
  SwitchoverRequest,
} from '../../contract/request-schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan, PlanKind } from '../../core/plan.ts';
import type { RepairMeans } from '../../core/policy.ts';
import type { HandOverMode } from '../../core/shards/hand-over-facts.ts';
import { Refused } from '../api-client.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { expectedPauseMs } from '../expected-pause.ts';
import { followOperation } from '../follow-operation.ts';
import { oneLine } from '../one-line.ts';
import { outcomeText } from '../print-outcome.ts';
import { planHeaderText, planText, warningLines } from '../print-plan.ts';
import { refusalLines } from '../print-refusals.ts';
import { Progress } from '../progress.ts';
import { requester } from '../requester.ts';

export interface Options {
  readonly dryRun?: boolean;
  /** False after `--no-wait`. */
  readonly wait: boolean;
}

export interface SwitchoverOptions extends Options {
  readonly to?: string;
  readonly mode?: HandOverMode;
}

export interface FailoverOptions extends SwitchoverOptions {
  readonly acceptDataLoss?: boolean;
  readonly reason?: string;
}

export interface RepairOptions extends Options {
  readonly by?: RepairMeans;
}

type Request = SwitchoverRequest | FailoverRequest | RejoinRequest | RepairRequest | ReshapeRequest;

interface Errand {
  readonly path: string;
  readonly cluster: string;
  readonly asked: Request;
}

export function switchover(
  context: CommandContext,
  [cluster]: readonly [cluster: string],
  { to, mode, ...options }: SwitchoverOptions,
): Promise<ExitCode> {
  const asked: SwitchoverRequest = {
    ...(to === undefined ? {} : { to }),
    ...(mode === undefined ? {} : { mode }),
    requestedBy: requester(context.io.env),
  };
  return run(context, { path: pathOf(cluster, 'switchover'), cluster, asked }, options);
}

export function failover(
  context: CommandContext,
  [cluster]: readonly [cluster: string],
  { to, mode, acceptDataLoss, reason, ...options }: FailoverOptions,
): Promise<ExitCode> {
  const asked: FailoverRequest = {
    ...(to === undefined ? {} : { to }),
    ...(mode === undefined ? {} : { mode }),
    ...(acceptDataLoss === undefined ? {} : { acceptDataLoss }),
    ...(reason === undefined ? {} : { reason }),
    requestedBy: requester(context.io.env),
  };
  return run(context, { path: pathOf(cluster, 'failover'), cluster, asked }, options);
}

export function rejoin(
  context: CommandContext,
  [cluster, server]: readonly [cluster: string, server: string],
  options: Options,
): Promise<ExitCode> {
  const asked: RejoinRequest = { server, requestedBy: requester(context.io.env) };
  return run(context, { path: pathOf(cluster, 'rejoin'), cluster, asked }, options);
}

export function repair(
  context: CommandContext,
  [cluster, server]: readonly [cluster: string, server: string],
  { by, ...options }: RepairOptions,
): Promise<ExitCode> {
  const asked: RepairRequest = {
    server,
    ...(by === undefined ? {} : { by }),
    requestedBy: requester(context.io.env),
  };
  return run(context, { path: pathOf(cluster, 'repair'), cluster, asked }, options);
}

export function relocate(
  context: CommandContext,
  [cluster, server]: readonly [cluster: string, server: string],
  options: Options,
): Promise<ExitCode> {
  const asked: RejoinRequest = { server, requestedBy: requester(context.io.env) };
  return run(context, { path: pathOf(cluster, 'relocation'), cluster, asked }, options);
}

export async function run(
  context: CommandContext,
  errand: Errand,
  { dryRun, wait }: Options,
): Promise<ExitCode> {
  try {
    return await (dryRun === true ? show(context, errand) : begin(context, errand, wait));
  } catch (thrown) {
    if (thrown instanceof Refused) return refused(context, thrown);
    throw thrown;
  }
}

export function pathOf(cluster: string, verb: PlanKind): string {
  return `/v1/clusters/${encodeURIComponent(cluster)}/${verb}`;
}

async function show(context: CommandContext, { path, cluster, asked }: Errand): Promise<ExitCode> {
  const { client, json, print, printJson, palette, width } = context;
  const plan = await client.post(path, { ...asked, dryRun: true }, planSchema);
  if (json) printJson(plan);
  else print(planText(plan, { palette, width, expectedPauseMs: await pauseSoFar(context, cluster, plan) }));
  return exitCodes.done;
}

/** Nice to know, and no reason to keep the plan from being shown. */
async function pauseSoFar(
  { client }: CommandContext,
  cluster: string,
  { kind }: Plan,
): Promise<number | undefined> {
  if (kind !== 'switchover') return undefined;
  const path = `/v1/operations${clusterQuery(cluster)}&limit=50`;
  const past = await client.get(path, operationListSchema).catch(() => undefined);
  return past === undefined ? undefined : expectedPauseMs(past.operations);
}

async function begin(context: CommandContext, { path, asked }: Errand, wait: boolean): Promise<ExitCode> {
  const { client, json, print, printJson } = context;
  const begun = await client.post(path, asked, operationSchema);
  if (wait) return await finish(context, begun);
  if (json) printJson(begun);
  else print(`${begun.id} has begun; \`dauphin explain ${begun.id}\` tells how it goes\n`);
  return exitCodes.done;
}

async function finish(context: CommandContext, begun: Operation): Promise<ExitCode> {
  const { json, print, printJson, palette } = context;
  if (!json && begun.plan !== undefined) {
    const warnings = warningLines(begun.plan, context);
    print(planHeaderText(begun.plan, context) + warnings.map((line) => `${line}\n`).join(''));
  }
  const ended = await watch(context, begun);
  if (json) printJson(ended);
  else print(`\n${outcomeText(ended, palette)}${detailsHint(ended)}`);
  if (ended.status === 'refused') return exitCodes.refused;
  return ended.status === 'succeeded' ? exitCodes.done : exitCodes.failed;
}

function detailsHint({ id, status }: Operation): string {
  return status === 'succeeded' ? '' : `see \`dauphin explain ${id}\`\n`;
}

async function watch({ io, client, json, palette }: CommandContext, begun: Operation): Promise<Operation> {
  const progress = json ? undefined : new Progress(io, begun.plan, palette);
  let told = false;
  try {
    return await followOperation(client, begun, {
      signal: io.signal ?? new AbortController().signal,
      onEntry: ({ what }) => progress?.show(what),
      onLost: ({ message }) => {
        progress?.pause();
        if (!told)
          io.stderr.write(`dauphin: ${oneLine(message)}; ${begun.id} goes on, trying to reach it again\n`);
        told = true;
      },
    });
  } catch (thrown) {
    throw goesOn(begun, io.signal?.aborted === true ? undefined : thrown);
  } finally {
    progress?.pause();
  }
}

/** Whatever keeps this program from waiting keeps nobody from the operation's end. */
function goesOn({ id }: Operation, thrown: unknown): Fault {
  const details = { hint: `${id} goes on by itself; \`dauphin explain ${id}\` tells how it went.` };
  if (thrown === undefined) return new Fault('deadline-exceeded', 'not waiting any longer', { details });
  const { code, message } = asFault(thrown);
  return new Fault(code, message, { cause: thrown, details });
}

function refused({ io, json, printJson }: CommandContext, { body, message }: Refused): ExitCode {
  if (json) printJson(body);
  const lines = refusalLines(body.error.refusals ?? []);
  const why = lines.length > 0 ? lines : [`  ${oneLine(message)}`];
  io.stderr.write(['dauphin: refused, nothing was changed', ...why].map((line) => `${line}\n`).join(''));
  return exitCodes.refused;
}
