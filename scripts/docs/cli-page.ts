/** docs/reference/cli.md: what the program itself says of its commands. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runCli } from '../../src/cli/program.ts';
import { fenced, page, pageHead } from './markdown.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** In the order in which a person meets them; `serve` and `agent` are added by main.ts and asked of the program as it is. */
const commands: readonly (readonly [name: string, remark: string])[] = [
  [
    'clusters',
    'One line a cluster: engine, servers, the primary when there is exactly one, findings, and the operation that runs.',
  ],
  [
    'topology',
    'A tree of each cluster: role, `rw` or `ro`, lag, what it lacks (`−12 trx`) and what it has in surplus (`+3 trx`), with the findings under the servers they are about. What was seen of a silent server is marked with `?`.',
  ],
  ['servers', 'One line a server of one cluster or of all.'],
  ['findings', 'The worst first. See [findings.md](findings.md).'],
  ['check', 'As `findings`, for scripts: exit status 1 while anything critical is wrong, else 0.'],
  [
    'discover',
    'Looks at the server now and takes it up, with its sources and replicas, in the cluster that is named. It is remembered over a restart.',
  ],
  [
    'switchover',
    'Without `--dry-run` it begins at once and tells of its progress until the end. Ctrl-C ends the watching, not the operation. See [how to switch over](../how-to/switchover.md).',
  ],
  [
    'failover',
    'Asks every witness whether the primary is dead, and takes over only when they agree: a living one is refused. What the policy forbids the automatic failover (mode, downtime, maintenance, the quiet time, the brake) does not bind a person. `--accept-data-loss` goes into the operation with your name. See [how failover works](../how-to/failover.md).',
  ],
  [
    'rejoin',
    'Of a server that was a primary and replicates from nobody. Also while `failover.rejoin` is `manual`. See [how to rejoin](../how-to/rejoin.md).',
  ],
  [
    'repair',
    'Of a replica with errant transactions. `--by empty` (MySQL) changes no row: the replica’s data stays different. Without `--by`, what `failover.restore` allows. See [errant transactions](../how-to/rejoin.md#errant-transactions-on-other-servers).',
  ],
  [
    'relocate',
    'The primary is not touched and no client waits. See [intermediate sources](../how-to/failover.md#intermediate-sources-and-co-primaries).',
  ],
  [
    'rebalance',
    'In proportion to the weights, by as few slots as can be; nothing moves within the threshold. See [how to reshape](../how-to/reshape.md).',
  ],
  ['reshard', 'Each source gives in proportion to what it has, its lowest slots first.'],
  [
    'add-node',
    'An empty node that was started with `cluster-enabled yes`. As a primary it has no slots until a rebalance with `--use-empty`.',
  ],
  [
    'remove-node',
    'Its slots (with `--drain`) and its replicas go to others, all others forget it, and it forgets them.',
  ],
  [
    'fix',
    'Finishes, forgets or gathers what is half way, and gives what is nobody’s to somebody. See [fixing](../how-to/reshape.md#fixing).',
  ],
  [
    'place-replicas',
    'Where none is missing, replicas that share a host or a data centre with their primary change places.',
  ],
  [
    'set-timeout',
    '`cluster-node-timeout` of all nodes, in their files too; all get back what they had when one refuses.',
  ],
  [
    'acknowledge',
    'Ends the quiet time of the cluster’s last failover (`failover.quiet`): the next one may be automatic again.',
  ],
  [
    'downtime',
    'Written down, and so remembered over a restart, until it is over. While the server is the primary nobody takes over from it automatically; it is not rejoined by itself, and when it dies its replicas are not relocated. `--end` ends what was ordered here, not what the configuration says.',
  ],
  [
    'maintenance',
    'No automatic failover, relocation or rejoin until it is over or ended with `--end`; a replaced primary that takes writes is still made read-only. Weekly windows are in the configuration (`maintenance`).',
  ],
  ['operations', 'Newest first. `HELD` is how long writers were held.'],
  [
    'explain',
    'The plan’s promise, every step with its time, and how it ended. See [operations.md](operations.md).',
  ],
  [
    'agent-token',
    'The token goes to standard output, and what to do with it to standard error. Used up by the first agent that joins with it, or over after an hour. See [the agent](../how-to/agent.md#join).',
  ],
  [
    'agent-revoke',
    'The controller uses no agent with a certificate that was made for that host until now. See [the agent](../how-to/agent.md#certificates).',
  ],
  [
    'abandon',
    'Heeded only where the operation would ask for ever whether its candidate was promoted; any other comes to its own end. A reshape stops between two slots. Said again with `--candidate-down` it lifts the doubt. See [how to recover](../how-to/recover.md#running-and-waiting-for-a-candidate).',
  ],
  ['events', 'One line an event until Ctrl-C; the number in front is what `--after` takes.'],
];

const INTRODUCTION = `
\`bin/dauphin\` (in a checkout also \`npm run dauphin -- …\`). Every command but \`serve\`, \`import\` and \`agent\` talks to a running
controller over its API; it needs the controller's URL and its token. With \`--json\` it prints what the API answers, for programs; see
[api.md](api.md) for the shapes.
`;

const ENVIRONMENT = `
## Environment

| variable | meaning |
|---|---|
| \`DAUPHIN_URL\` | where the controller is; \`--url\` wins |
| \`DAUPHIN_TOKEN\` | the bearer token; \`--token\` and \`--token-file\` win |
| \`DAUPHIN_TOKEN_FILE\` | a file that holds it; default \`./.dauphin/token\` |
| \`NO_COLOR\` | when it is not empty: no colour |

Colour is used on a terminal only. Text goes to standard output; errors, warnings about a lost connection and refusals
go to standard error.

## Exit status

0 done, 1 failed, 2 wrong usage or unknown name, 3 refused. An operation that ends \`rolled-back\` or \`failed\` gives 1,
one that succeeds with flags gives 0. See [errors.md](errors.md).
`;

export async function cliPage(): Promise<string> {
  const overview = await mainHelp();
  expectAllCommands(overview);
  const sections = await Promise.all(
    commands.map(async ([name, remark]) => section(name, remark, await helpOf(name))),
  );
  const all = [
    section(
      'serve',
      'Runs until SIGINT or SIGTERM. A running operation is let end first, for at most 30 s.',
      await mainHelp('serve'),
    ),
    ...sections,
    section(
      'import sentinel',
      'The configuration goes to standard output, and what was not taken over to standard error, with its line. See [Redis and Valkey](../how-to/redis.md#sentinel).',
      await mainHelp('import', 'sentinel'),
    ),
    section(
      'agent',
      'Runs on a database host until SIGINT or SIGTERM; the database server runs on. `--join` and a token are needed once: see [the agent](../how-to/agent.md).',
      await mainHelp('agent'),
    ),
  ];
  return page(
    pageHead('Command line', 'the program’s own help and scripts/docs/cli-page.ts'),
    INTRODUCTION,
    fenced(overview),
    ...all,
    ENVIRONMENT,
  );
}

/** Throws when the program has a command that has no section here. */
function expectAllCommands(help: string): void {
  const listed = [...(help.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(
    (match) => match[1],
  );
  const known = new Set(['serve', 'agent', 'import', 'help', ...commands.map(([name]) => name)]);
  const missing = listed.filter((name) => name === undefined || !known.has(name));
  if (listed.length === 0 || missing.length > 0) throw new Error(`not described: ${missing.join(', ')}`);
}

function section(name: string, remark: string, help: string): string {
  return [`## dauphin ${name}`, remark, fenced(withoutGlobalOptions(help))].join('\n\n');
}

/** They are the same everywhere and stand at the top of the page. */
function withoutGlobalOptions(help: string): string {
  return help.split('\nGlobal Options:')[0] ?? help;
}

async function helpOf(command: string): Promise<string> {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  await runCli([command, '--help'], { stdout: output, stderr: output, env: {}, isTTY: false });
  return written.join('');
}

async function mainHelp(...command: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [main, ...command, '--help']);
  return stdout;
}
