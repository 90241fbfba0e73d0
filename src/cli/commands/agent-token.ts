/** `dauphin agent-token`: what a new agent needs to join. */
import { joinTokenSchema, waitingTokensSchema } from '../../contract/enrolment-schema.ts';
import { Fault } from '../../contract/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { tableText } from '../table.ts';

export interface AgentTokenOptions {
  readonly server?: string;
  readonly list?: boolean;
}

/** The token alone goes to standard output, so that it can be handed on as it is. */
export async function agentToken(
  context: CommandContext,
  _argument: readonly [],
  { server, list }: AgentTokenOptions,
): Promise<ExitCode> {
  if (list === true && server !== undefined)
    throw new Fault('bad-request', '--list shows every token: leave --server out');
  if (list === true) return listTokens(context);
  const { io, client, json, print, printJson } = context;
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

async function listTokens({ client, json, print, printJson, palette }: CommandContext): Promise<ExitCode> {
  const answer = await client.get('/v1/agents/tokens', waitingTokensSchema);
  if (json) printJson(answer);
  else {
    const time = (at: number): string => new Date(at).toISOString();
    const rows = [
      ...answer.tokens.map(({ id, host, expiresAt }) => [
        host ?? 'any',
        'waits',
        `token ${id}, until ${time(expiresAt)}`,
      ]),
      ...answer.revocations.map(({ host, at }) => [host, 'revoked', `what was made until ${time(at)}`]),
    ];
    print(tableText(['HOST', 'STATE', 'WHAT'], rows, palette));
  }
  return exitCodes.done;
}
