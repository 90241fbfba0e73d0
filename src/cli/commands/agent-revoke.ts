/** `dauphin agent-revoke HOST`: the controller believes no certificate of that host's agent any more. */
import { revokedSchema } from '../../contract/enrolment-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';

export async function agentRevoke(
  { client, json, print, printJson }: CommandContext,
  [host]: readonly [host: string],
): Promise<ExitCode> {
  const revoked = await client.post('/v1/agents/revoke', { host }, revokedSchema);
  if (json) printJson(revoked);
  else if (revoked.configured) print(`${revoked.host}: revoked; with a new token its agent may join again\n`);
  else print(`${revoked.host}: revoked, but no agent of that host is configured: is it the host you mean?\n`);
  return exitCodes.done;
}
