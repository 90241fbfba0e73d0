/** `dauphin servers` */
import { serverListSchema } from '../../contract/answer-schema.ts';
import type { Server } from '../../contract/topology-schema.ts';
import { formatAddress } from '../../core/identity.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { Palette } from '../palette.ts';
import { type Cell, tableText } from '../table.ts';

const headings = ['SERVER', 'CLUSTER', 'ADDRESS', 'ROLE', 'SOURCE', 'LAG', 'WRITES', 'VERSION', 'STATE'];

export async function servers(
  { client, json, print, printJson, palette }: CommandContext,
  [cluster]: readonly [cluster?: string],
): Promise<ExitCode> {
  const answer = await client.get(`/v1/servers${clusterQuery(cluster)}`, serverListSchema);
  if (json) printJson(answer);
  else {
    const names = new Map(answer.servers.map(({ id, name }) => [id, name]));
    const rows = answer.servers.map((server) => row(server, names, palette));
    print(tableText(headings, rows, palette));
  }
  return exitCodes.done;
}

function row(server: Server, names: ReadonlyMap<string, string>, palette: Palette): readonly Cell[] {
  const { name, cluster, address, role, source, channel, seen } = server;
  const lag = channel?.lagSeconds;
  return [
    { text: name, paint: palette.strong },
    cluster,
    formatAddress(address),
    role,
    source === undefined ? '' : (names.get(source) ?? source),
    lag === undefined ? '' : lag === null ? '?' : `${lag} s`,
    seen?.writeMode ?? '',
    seen?.version.text ?? '',
    state(server, palette),
  ];
}

function state({ reachable, downtimed, failure }: Server, palette: Palette): Cell {
  if (downtimed) return { text: reachable ? 'downtime' : 'downtime, unreachable', paint: palette.faint };
  if (reachable) return { text: 'ok', paint: palette.good };
  return {
    text: failure === undefined ? 'unreachable' : `unreachable: ${failure.message}`,
    paint: palette.bad,
  };
}
