/** `dauphin findings` and `check`. */
import { findingListSchema } from '../../contract/answer-schema.ts';
import { remarks } from '../../core/drawing/finding-lines.ts';
import type { Finding } from '../../core/finding.ts';
import { type CommandContext, clusterQuery } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { severityPaint } from '../severity-paint.ts';
import { tableText } from '../table.ts';

const headings = ['SEVERITY', 'CLUSTER', 'SERVER', 'CODE', 'SUMMARY'];

export async function findings(
  context: CommandContext,
  [cluster]: readonly [cluster?: string],
): Promise<ExitCode> {
  await show(context, cluster);
  return exitCodes.done;
}

/** For scripts: fails while anything critical is wrong. */
export async function check(
  context: CommandContext,
  [cluster]: readonly [cluster: string],
): Promise<ExitCode> {
  const found = await show(context, cluster);
  return found.some(({ severity }) => severity === 'critical') ? exitCodes.failed : exitCodes.done;
}

async function show(
  { client, json, print, printJson, palette }: CommandContext,
  cluster: string | undefined,
): Promise<readonly Finding[]> {
  const answer = await client.get(`/v1/findings${clusterQuery(cluster)}`, findingListSchema);
  if (json) printJson(answer);
  else if (answer.findings.length === 0) print('Nothing is wrong.\n');
  else {
    const rows = answer.findings.map((finding) => [
      { text: finding.severity, paint: severityPaint(finding.severity, palette) },
      finding.cluster,
      finding.serverName ?? finding.server ?? '',
      finding.code,
      `${finding.summary}${remarks(finding)}`,
    ]);
    print(tableText(headings, rows, palette));
  }
  return answer.findings;
}
