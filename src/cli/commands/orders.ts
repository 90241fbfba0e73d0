/** `dauphin acknowledge`, `downtime` and `maintenance`: orders that stand until they are over or taken back. */
import { standingOrdersSchema } from '../../contract/orders-schema.ts';
import type {
  AcknowledgeRequest,
  DowntimeRequest,
  MaintenanceRequest,
} from '../../contract/request-schema.ts';
import { serverSchema } from '../../contract/topology-schema.ts';
import type { Downtime } from '../../core/policy.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { oneLine } from '../one-line.ts';
import { requester } from '../requester.ts';
import { shortInstantText } from '../time-text.ts';

export interface DowntimeOptions {
  /** Milliseconds. */
  readonly for: number;
  readonly reason?: string;
  readonly end?: boolean;
}

export async function acknowledge(
  context: CommandContext,
  [cluster]: readonly [cluster: string],
  { comment }: { readonly comment: string },
): Promise<ExitCode> {
  const asked: AcknowledgeRequest = { comment, requestedBy: requester(context.io.env) };
  return order(context, { path: pathOf(cluster, 'acknowledge'), asked }, () => `${cluster} is acknowledged`);
}

export async function downtime(
  context: CommandContext,
  [reference]: readonly [server: string],
  { cluster, ...options }: DowntimeOptions & { readonly cluster?: string },
): Promise<ExitCode> {
  const path = `/v1/servers/${encodeURIComponent(reference)}${clusterQuery(cluster)}`;
  const server = await context.client.get(path, serverSchema);
  const asked: DowntimeRequest = { server: server.id, ...downtimeRequest(context, options) };
  return order(context, { path: pathOf(server.cluster, 'downtime'), asked }, ({ downtimes }) => {
    const now = downtimes.find((each) => each.server === server.id);
    return now ? `${server.name} is in downtime ${untilText(now)}` : `${server.name} is not in downtime`;
  });
}

export async function maintenance(
  context: CommandContext,
  [cluster]: readonly [cluster: string],
  options: DowntimeOptions,
): Promise<ExitCode> {
  const asked = downtimeRequest(context, options);
  return order(context, { path: pathOf(cluster, 'maintenance'), asked }, (orders) =>
    orders.maintenance
      ? `${cluster} is in maintenance ${untilText(orders.maintenance)}`
      : `${cluster} is not in maintenance`,
  );
}

type Orders = ReturnType<typeof standingOrdersSchema.parse>;

interface Errand {
  readonly path: string;
  readonly asked: AcknowledgeRequest | DowntimeRequest | MaintenanceRequest;
}

const pathOf = (cluster: string, what: 'acknowledge' | 'downtime' | 'maintenance'): string =>
  `/v1/clusters/${encodeURIComponent(cluster)}/${what}`;

async function order(
  { client, json, print, printJson }: CommandContext,
  { path, asked }: Errand,
  inWords: (orders: Orders) => string,
): Promise<ExitCode> {
  const orders = await client.post(path, asked, standingOrdersSchema);
  if (json) printJson(orders);
  else print(`${oneLine(inWords(orders))}\n`);
  return exitCodes.done;
}

function downtimeRequest({ io }: CommandContext, options: DowntimeOptions): MaintenanceRequest {
  return {
    ...(options.end === true ? {} : { forMs: options.for }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    requestedBy: requester(io.env),
  };
}

const untilText = ({ until, reason }: Downtime): string =>
  `until ${shortInstantText(until)} UTC${reason === '' ? '' : `: ${reason}`}`;
