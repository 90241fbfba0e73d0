/**
 * `dauphin rebalance`, `reshard`, `add-node`, `remove-node`, `fix`, `place-replicas` and `set-timeout`: each is one request to
 * reshape a Redis Cluster, shown as a plan or begun and followed as the hand-overs are.
 */
import type { ReshapeRequest } from '../../contract/request-schema.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { requester } from '../requester.ts';
import { type Options, pathOf, run } from './hand-over.ts';

export interface PaceOptions extends Options {
  readonly keysPerCall?: number;
  /** Milliseconds. */
  readonly pause?: number;
}

type Asked = ReshapeRequest extends infer Of
  ? Of extends unknown
    ? Omit<Of, 'dryRun' | 'requestedBy' | 'keysPerCall' | 'pauseMs'>
    : never
  : never;

function reshape(
  context: CommandContext,
  cluster: string,
  change: Asked,
  { keysPerCall, pause, ...options }: PaceOptions,
): Promise<ExitCode> {
  const asked = {
    ...change,
    ...(keysPerCall === undefined ? {} : { keysPerCall }),
    ...(pause === undefined ? {} : { pauseMs: pause }),
    requestedBy: requester(context.io.env),
  } as ReshapeRequest;
  return run(context, { path: pathOf(cluster, 'reshape'), cluster, asked }, options);
}

type Cluster = readonly [cluster: string];

export interface RebalanceOptions extends PaceOptions {
  readonly weight?: Readonly<Record<string, number>>;
  readonly threshold?: number;
  readonly useEmpty?: boolean;
}

export function rebalance(
  context: CommandContext,
  [cluster]: Cluster,
  { weight, threshold, useEmpty, ...options }: RebalanceOptions,
): Promise<ExitCode> {
  const change: Asked = {
    what: 'rebalance',
    ...(weight === undefined ? {} : { weights: weight }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(useEmpty === undefined ? {} : { useEmpty }),
  };
  return reshape(context, cluster, change, options);
}

export interface ReshardOptions extends PaceOptions {
  readonly from: string;
  readonly to: string;
  readonly slots: number;
}

export function reshard(
  context: CommandContext,
  [cluster]: Cluster,
  { from, to, slots, ...options }: ReshardOptions,
): Promise<ExitCode> {
  const sources = from === 'all' ? ('all' as const) : from.split(',').filter((name) => name !== '');
  return reshape(context, cluster, { what: 'reshard', from: sources, to, slots }, options);
}

export interface AddNodeOptions extends PaceOptions {
  readonly replica?: boolean;
  readonly replicaOf?: string;
}

export function addNode(
  context: CommandContext,
  [cluster, address]: readonly [cluster: string, address: string],
  { replica, replicaOf, ...options }: AddNodeOptions,
): Promise<ExitCode> {
  const change: Asked = {
    what: 'add-node',
    address,
    ...(replica === undefined ? {} : { replica }),
    ...(replicaOf === undefined ? {} : { replicaOf }),
  };
  return reshape(context, cluster, change, options);
}

export function removeNode(
  context: CommandContext,
  [cluster, server]: readonly [cluster: string, server: string],
  { drain, ...options }: PaceOptions & { readonly drain?: boolean },
): Promise<ExitCode> {
  const change: Asked = { what: 'remove-node', server, ...(drain === undefined ? {} : { drain }) };
  return reshape(context, cluster, change, options);
}

export interface FixOptions extends PaceOptions {
  readonly withoutUnreachable?: boolean;
  readonly replace?: boolean;
}

export function fix(
  context: CommandContext,
  [cluster]: Cluster,
  { withoutUnreachable, replace, ...options }: FixOptions,
): Promise<ExitCode> {
  const change: Asked = {
    what: 'fix',
    ...(withoutUnreachable === undefined ? {} : { withoutUnreachable }),
    ...(replace === undefined ? {} : { replace }),
  };
  return reshape(context, cluster, change, options);
}

export function placeReplicas(
  context: CommandContext,
  [cluster]: Cluster,
  { barrier, ...options }: PaceOptions & { readonly barrier?: number },
): Promise<ExitCode> {
  const change: Asked = { what: 'place-replicas', ...(barrier === undefined ? {} : { barrier }) };
  return reshape(context, cluster, change, options);
}

export function setNodeTimeout(
  context: CommandContext,
  [cluster, ms]: readonly [cluster: string, duration: number],
  options: PaceOptions,
): Promise<ExitCode> {
  return reshape(context, cluster, { what: 'set-timeout', ms }, options);
}
