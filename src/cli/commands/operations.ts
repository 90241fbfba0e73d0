/** `dauphin operations` */
import { operationListSchema } from '../../contract/answer-schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { Palette } from '../palette.ts';
import { statusPaint } from '../print-outcome.ts';
import { type Cell, tableText } from '../table.ts';
import { durationText, shortInstantText } from '../time-text.ts';

const headings = ['OPERATION', 'CLUSTER', 'WHAT', 'FROM → TO', 'STATUS', 'HELD', 'ASKED (UTC)', 'BY'];

export async function operations(
  { client, json, print, printJson, palette }: CommandContext,
  [cluster]: readonly [cluster?: string],
  { limit }: { readonly limit: number },
): Promise<ExitCode> {
  const query = new URLSearchParams({ limit: String(limit), ...(cluster === undefined ? {} : { cluster }) });
  const answer = await client.get(`/v1/operations?${query.toString()}`, operationListSchema);
  if (json) printJson(answer);
  else if (answer.operations.length === 0) print('Nothing was done yet.\n');
  else {
    const rows = answer.operations.map((operation) => row(operation, palette));
    print(tableText(headings, rows, palette));
  }
  return exitCodes.done;
}

function row(
  { id, cluster, kind, plan, status, outcome, ...asked }: Operation,
  palette: Palette,
): readonly Cell[] {
  const flags = outcome?.flags.length ?? 0;
  return [
    { text: id, paint: palette.strong },
    cluster,
    kind,
    plan === undefined ? '' : `${plan.from.name} → ${plan.to.name}`,
    { text: flags === 0 ? status : `${status}, ${flags} to mend`, paint: statusPaint(status, palette) },
    outcome?.heldMs === undefined ? '' : durationText(outcome.heldMs),
    shortInstantText(asked.requestedAt),
    asked.requestedBy,
  ];
}
