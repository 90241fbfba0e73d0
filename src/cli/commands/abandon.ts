/** `dauphin abandon`: a person gives up an operation that asks for ever whether its candidate was promoted. */
import { operationSchema } from '../../contract/operation-schema.ts';
import type { AbandonRequest } from '../../contract/request-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { outcomeText } from '../print-outcome.ts';
import { requester } from '../requester.ts';

export async function abandon(
  { client, io, json, palette, print, printJson }: CommandContext,
  [id]: readonly [operation: string],
  { reason, candidateDown }: { readonly reason: string; readonly candidateDown?: boolean },
): Promise<ExitCode> {
  const asked: AbandonRequest = {
    reason,
    requestedBy: requester(io.env),
    ...(candidateDown === true ? { candidateDown } : {}),
  };
  const path = `/v1/operations/${encodeURIComponent(id)}/abandon`;
  const operation = await client.post(path, asked, operationSchema);
  if (json) printJson(operation);
  else print(outcomeText(operation, palette));
  return exitCodes.done;
}
