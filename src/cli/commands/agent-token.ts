/** `dauphin agent-token`: what a new agent needs to join. */
import { joinTokenSchema } from '../../contract/enrolment-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';

export interface AgentTokenOptions {
  readonly server?: string;
}

/** The token alone goes to standard output, so that it can be handed on as it is. */
export async function agentToken(
  { io, client, json, print, printJson }: CommandContext,
  _argument: readonly [],
  { server }: AgentTokenOptions,
): Promise<ExitCode> {
  const made = await client.post(
    '/v1/agents/tokens',
    server === undefined ? {} : { server },
    joinTokenSchema,
  );
  if (json) printJson(made);
  else {
    print(`${made.token}\n`);
    const until = new Date(made.expiresAt).toISOString();
    io.stderr.write(
      `for one agent, until ${until}: dauphin agent --config agent.yaml --join URL --token-file FILE\n`,
    );
  }
  return exitCodes.done;
}
