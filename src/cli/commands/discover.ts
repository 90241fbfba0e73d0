/** `dauphin discover CLUSTER HOST:PORT`: the cluster as it looks with what was found. */
import { findingListSchema } from '../../contract/answer-schema.ts';
import { topologySchema } from '../../contract/topology-schema.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { topologyText } from './topology.ts';

export async function discover(
  context: CommandContext,
  [cluster, address]: readonly [cluster: string, address: string],
): Promise<ExitCode> {
  const { client, json, print, printJson } = context;
  const path = `/v1/clusters/${encodeURIComponent(cluster)}/servers`;
  const topology = await client.post(path, { address }, topologySchema);
  if (json) printJson(topology);
  else {
    const { findings } = await client.get(`/v1/findings${clusterQuery(cluster)}`, findingListSchema);
    print(topologyText(topology, findings, context));
  }
  return exitCodes.done;
}
