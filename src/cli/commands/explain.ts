/** `dauphin explain OPERATION` */
import { journalSchema } from '../../contract/answer-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { storyText } from '../print-story.ts';

export async function explain(
  { client, json, print, printJson, palette }: CommandContext,
  [id]: readonly [id: string],
): Promise<ExitCode> {
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  const operation = await client.get(path, operationSchema);
  const { journal } = await client.get(`${path}/journal`, journalSchema);
  if (json) printJson({ operation, journal });
  else print(storyText(operation, journal, palette));
  return exitCodes.done;
}
