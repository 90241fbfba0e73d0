/** `dauphin clusters` */
import { clusterListSchema } from '../../contract/answer-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { severityPaint } from '../severity-paint.ts';
import { tableText } from '../table.ts';

const headings = ['CLUSTER', 'ENGINE', 'PRIMARY', 'SERVERS', 'FINDINGS', 'OPERATION'];

export async function clusters({
  client,
  json,
  print,
  printJson,
  palette,
}: CommandContext): Promise<ExitCode> {
  const answer = await client.get('/v1/clusters', clusterListSchema);
  if (json) printJson(answer);
  else {
    const rows = answer.clusters.map((cluster) => [
      { text: cluster.name, paint: palette.strong },
      cluster.engine,
      cluster.primary ??
        (cluster.primaries ? primariesText(cluster.primaries) : { text: 'none', paint: palette.bad }),
      String(cluster.servers),
      cluster.worst === undefined
        ? String(cluster.findings)
        : { text: `${cluster.findings} (${cluster.worst})`, paint: severityPaint(cluster.worst, palette) },
      cluster.runningOperation ?? '',
    ]);
    print(tableText(headings, rows, palette));
  }
  return exitCodes.done;
}

const primariesText = (many: number): string => (many === 1 ? '1 primary' : `${many} primaries`);
