/** The table of commands, and how one that has arrived finds its row. Errors have Redis's words and order of checks. */
import { asFault } from '../../contract/errors.ts';
import type { Answer, Client, Container, Row } from './command-row.ts';
import { clientCommands, connectionCommands } from './connection-commands.ts';
import { pubSubCommands } from './pubsub-commands.ts';
import { error, type Reply } from './reply.ts';
import { sentinelCommands } from './sentinel-commands.ts';
import { commandCommands, commandInfo, serverCommands } from './server-commands.ts';

const table = (): { readonly rows: readonly Row[]; readonly containers: readonly Container[] } => ({
  rows,
  containers,
});

const containers: readonly Container[] = [
  { name: 'client', rows: clientCommands },
  { name: 'command', rows: commandCommands(table) },
  { name: 'sentinel', rows: sentinelCommands },
];

const rows: readonly Row[] = [
  ...connectionCommands,
  ...pubSubCommands,
  ...serverCommands,
  { name: 'command', least: 0, most: 0, run: commandInfo(table) },
];

const byName = new Map(rows.map((row) => [row.name, row]));
const containersByName = new Map(containers.map((container) => [container.name, container]));

export interface Outcome {
  readonly replies: readonly Reply[];
  readonly ends: boolean;
}

/** What browsers send: a page could have them speak to a port of this machine (Redis's securityWarningCommand). */
const OF_BROWSERS: ReadonlySet<string> = new Set(['post', 'host:']);

export async function runCommand(client: Client, words: readonly string[]): Promise<Outcome> {
  const [first = ''] = words;
  if (OF_BROWSERS.has(first.toLowerCase())) return { replies: [], ends: true };
  const found = find(words);
  if ('kind' in found) return { replies: [found], ends: false };
  const refusal = refusalOf(client, found);
  if (refusal) return { replies: [refusal], ends: false };
  const answer = await run(client, found);
  return { replies: isOne(answer) ? [answer] : answer, ends: found.row.ends === true };
}

interface Found {
  readonly row: Row;
  readonly fullName: string;
  readonly args: readonly string[];
}

function find(words: readonly string[]): Found | Reply {
  const [first = '', second, ...rest] = words;
  const name = first.toLowerCase();
  const plain = byName.get(name);
  if (plain && (second === undefined || !containersByName.has(name))) {
    return { row: plain, fullName: name, args: words.slice(1) };
  }
  const container = containersByName.get(name);
  if (container === undefined) return unknownCommand(words);
  if (second === undefined) return wrongNumber(name);
  const row = container.rows.find((each) => each.name === second.toLowerCase());
  if (row) return { row, fullName: `${name}|${row.name}`, args: rest };
  return error(`ERR unknown subcommand '${cut(second)}'. Try ${name.toUpperCase()} HELP.`);
}

function refusalOf(client: Client, { row, fullName, args }: Found): Reply | undefined {
  if (args.length < row.least || args.length > row.most) return wrongNumber(fullName);
  if (client.user === undefined && row.open !== true) return error('NOAUTH Authentication required.');
  const muted = client.protocol === 2 && client.subscriptions.count > 0 && row.whileSubscribed !== true;
  return muted
    ? error(
        `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      )
    : undefined;
}

async function run(client: Client, { row, fullName, args }: Found): Promise<Answer> {
  try {
    return await row.run(client, args);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'internal') {
      client.face.log.error({ err: fault, command: fullName }, 'sentinel.command.failed');
    }
    return error(`ERR ${fault.message}`);
  }
}

const isOne = (answer: Answer): answer is Reply => 'kind' in answer;

const wrongNumber = (fullName: string): Reply =>
  error(`ERR wrong number of arguments for '${fullName}' command`);

/** Redis shows no more than this of what it does not know. */
const SHOWN = 128;
const cut = (text: string): string => text.slice(0, SHOWN);

function unknownCommand([name = '', ...args]: readonly string[]): Reply {
  let shown = '';
  for (const arg of args) {
    if (shown.length >= SHOWN) break;
    shown += `'${arg.slice(0, SHOWN - shown.length)}' `;
  }
  return error(`ERR unknown command '${cut(name)}', with args beginning with: ${shown}`);
}
