/** `dauphin topology`: one cluster or all, drawn as trees. */
import { clusterListSchema, findingListSchema } from '../../contract/answer-schema.ts';
import { topologySchema } from '../../contract/topology-schema.ts';
import { drawTopology } from '../../core/draw-topology.ts';
import type { Finding } from '../../core/finding.ts';
import type { Topology } from '../../core/topology.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';

export async function topology(
  context: CommandContext,
  [cluster]: readonly [cluster?: string],
): Promise<ExitCode> {
  const { client, json, print, printJson } = context;
  const names = cluster === undefined ? await clusterNames(context) : [cluster];
  const seen = await Promise.all(
    names.map(async (name) =>
      client.get(`/v1/clusters/${encodeURIComponent(name)}/topology`, topologySchema),
    ),
  );
  if (json) printJson(cluster === undefined ? { topologies: seen } : seen[0]);
  else {
    const { findings } = await client.get(`/v1/findings${clusterQuery(cluster)}`, findingListSchema);
    print(seen.map((one) => topologyText(one, findings, context)).join('\n'));
  }
  return exitCodes.done;
}

/** Ends with a line break. */
export function topologyText(
  seen: Topology,
  findings: readonly Finding[],
  { colour, width }: CommandContext,
): string {
  const ofCluster = findings.filter((finding) => finding.cluster === seen.cluster);
  return `${drawTopology(seen, ofCluster, { colour, ...(width === undefined ? {} : { width }) })}\n`;
}

async function clusterNames({ client }: CommandContext): Promise<readonly string[]> {
  const { clusters } = await client.get('/v1/clusters', clusterListSchema);
  return clusters.map(({ name }) => name);
}
