/** docs/reference/refusals.md, made from the rules of switchover, failover and recovery. */
import { refusalSchema } from '../../src/contract/refusal-schema.ts';
import { survivorRules } from '../../src/core/failover/survivor-rules.ts';
import { recoveryTable } from '../../src/core/recovery/may-recover.ts';
import { handOverRules } from '../../src/core/shards/hand-over-facts.ts';
import type { Refusal, RefusalCode } from '../../src/core/switchover-request.ts';
import { failoverExampleOf, recoveryExampleOf } from './failover-refusals.ts';
import { code, page, pageHead, table } from './markdown.ts';
import { exampleOf } from './refusal-examples.ts';
import { reshapes } from './reshape-refusals.ts';
import { type RuleRow, readRuleTable } from './rule-tables.ts';

const INTRODUCTION = `
Why a switchover, a failover, a rejoin, a repair, a relocation or a reshape is not begun. A refusal is an answer, not a fault: nothing was
changed. It names the fact that stands in the way and what would have to be true. The command line prints both and ends
with status 3; the API answers 409 with \`refusals\`. A refused request is kept as an operation of status \`refused\`; an
automatic failover that is held back by the policy is told in the log (\`failover.refused\`) and not kept as an operation.
`;

const SWITCHOVER = `
The groups are asked in their order. Of the first that refuses, all facts are told and not only the first.

The same rules are asked again in the first step of the operation (\`verify\`), on a fresh look. A fact that has changed
since then ends it with \`verification-failed\` before anything was touched.

Where no candidate is named, these rules also decide who is passed over. The plan lists those servers and why.
`;

type Row = Omit<RuleRow, 'code'> & { readonly code: RefusalCode };

const choice: readonly Row[] = [
  {
    code: 'no-candidate',
    holds: 'a direct replica passes every check',
    because:
      'Why each of them fails is listed after it. Where a server has promotion rule must, only such servers are considered.',
  },
];

const siblings: readonly Row[] = [
  {
    code: 'sibling-unreachable',
    holds: 'every other replica answers',
    because: 'It could not be told to follow the new primary.',
  },
  {
    code: 'sibling-broken',
    holds: 'every other replica replicates, by GTID',
    because: 'It could not be moved under the candidate before the freeze.',
  },
  {
    code: 'sibling-errant',
    holds: 'no other replica has errant transactions',
    because: 'The candidate lacks them, so the replica could not follow it.',
  },
  {
    code: 'sibling-older',
    holds: 'no other replica is of an older release than the candidate',
    because: 'Replication from newer to older is not supported by the engines.',
  },
];

const controller: readonly Row[] = [
  {
    code: 'topology-changed',
    holds: 'the primary is still the one that was planned for',
    because: 'Found by the first step, after the plan was made.',
  },
  {
    code: 'operation-running',
    holds: 'no other operation runs on the cluster',
    because: 'One controller and one operation act on a cluster at a time.',
  },
];

const judgements: readonly Row[] = [
  {
    code: 'primary-alive',
    holds: 'nobody sees the primary alive',
    because: 'A living primary is handed over by a switchover, which loses nothing.',
  },
  {
    code: 'primary-unsure',
    holds: 'two independent witnesses have lost it',
    because:
      'It may be this controller that is cut off. Of a relocation, the same is asked of the intermediate source.',
  },
  {
    code: 'possible-primary',
    holds: 'no server may have been promoted by an operation that was given up',
    because:
      'Two primaries would take writes. It is ruled out by the plan itself where it answers, or where its agent or a fencing hook can put it down. One that answers and has writes of its own is promoted itself; another is only with `--accept-data-loss`.',
  },
  {
    code: 'no-survivor',
    holds: 'a replica of the dead primary passes every check below',
    because:
      'Why each of them fails is listed after it. Of a relocation: no server answers that has all that the orphans have.',
  },
];

/** What must hold, for the rows of the table of recovery; they say the rest in their own words. */
const recoveryWords: Readonly<Partial<Record<RefusalCode, readonly [holds: string, because: string]>>> = {
  'failover-off': ['`failover.mode` is not `manual`', 'The policy leaves it to a person.'],
  'observe-only': [
    '`failover.mode` is not `observe`',
    'The log says what would have been done (`failover.observed`).',
  ],
  'in-downtime': ['the primary is not in downtime', 'Somebody is working on it, and may have stopped it.'],
  'in-maintenance': ['the cluster is not in maintenance', 'Ordered at run time, or a weekly window.'],
  'too-soon': [
    'its last failover is acknowledged, or longer ago than `failover.quiet`',
    'What killed one primary may kill the next; a cluster must not hand itself around.',
  ],
  'too-many-failovers': [
    'no more failovers than `recovery` allows, over all clusters',
    'Many deaths at once have one cause, and each failover may make it worse.',
  ],
};

const recovery = (): readonly Row[] =>
  recoveryTable.map(({ code: name }) => {
    const words = recoveryWords[name];
    if (words === undefined) throw new Error(`${name} has no words for what must hold`);
    return { code: name, holds: words[0], because: words[1] };
  });

const rejoins: readonly Row[] = [
  {
    code: 'nothing-to-rejoin',
    holds: 'the server replicates from nobody',
    because: 'One that replicates is a replica already.',
  },
  {
    code: 'no-primary',
    holds: 'exactly one other server takes writes',
    because: 'Whom it should follow must be certain.',
  },
  {
    code: 'candidate-unreachable',
    holds: 'it answers, or its host’s agent is configured and can start it',
    because: 'Nobody else can reach it.',
  },
];

const repairs: readonly Row[] = [
  {
    code: 'already-primary',
    holds: 'the server is not the primary',
    because: 'What the primary has is what all others are to have.',
  },
  {
    code: 'not-a-replica',
    holds: 'it replicates from a server of the cluster',
    because: 'A former primary, which follows nobody, has a rejoin of its own.',
  },
  {
    code: 'nothing-to-repair',
    holds: 'it has transactions that never were on the primary',
    because: 'Otherwise there is nothing to take back.',
  },
  {
    code: 'repair-impossible',
    holds:
      'the engine can do what is asked, or what `failover.restore` allows; for `empty`, there are at most 10000 names; for `clone`, there is a donor of its version',
    because: 'It must be sure to work before anything is touched.',
  },
  {
    code: 'feeds-replicas',
    holds: 'nobody replicates from it, or it is repaired by `empty`',
    because:
      'Its replicas have its errant transactions too, and could not follow it once its log has lost them.',
  },
  {
    code: 'candidate-not-logging',
    holds: 'it logs what it replicates, or it is repaired by `empty`',
    because: 'Where it parted from the primary is told by its log.',
  },
  {
    code: 'no-agent',
    holds: 'an agent is configured for its host, or it is repaired by `empty`',
    because: 'What is taken back is saved first, and only the agent can read its log.',
  },
];

const ofShards = (): readonly Row[] => [
  {
    code: 'shard-not-named',
    holds: 'a candidate is named',
    because: 'A cluster of several primaries has as many that could be handed over.',
  },
  {
    code: 'mode-unknown',
    holds: 'a mode is only asked of Redis Cluster',
    because: 'Other engines have one way to hand over, without loss.',
  },
  {
    code: 'source-unknown',
    holds: 'the cluster knows the candidate’s primary',
    because: 'It is in its place that the candidate stands.',
  },
  ...handOverRules.map(({ code: name, holds, because, modes }) => ({
    code: name,
    holds: modes.length === 3 ? holds : `${holds} (mode ${modes.join(', ')})`,
    because,
  })),
];

const known: ReadonlySet<string> = new Set(refusalSchema.shape.code.options);

function asRow(row: RuleRow): Row {
  if (!known.has(row.code)) throw new Error(`${row.code} is no refusal of the contract`);
  return row as Row;
}

type Example = (name: RefusalCode) => Refusal | undefined;

interface Section {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
  readonly example: Example;
}

const none: Example = () => undefined;

const ofSwitchover = (): readonly Section[] => [
  {
    title: 'The cluster and its primary',
    text: 'One of these forbids every switchover of the cluster.',
    rows: readRuleTable('primary-rules.ts').map(asRow),
    example: exampleOf,
  },
  {
    title: 'The candidate',
    text: 'The first four say what the server is at all. Where one of them refuses, the others are not asked.',
    rows: [...readRuleTable('candidate-rules.ts').map(asRow), ...choice],
    example: exampleOf,
  },
  {
    title: 'The other replicas',
    text: 'A replica in downtime that cannot be moved does not forbid the switchover: it is tried again at the end, and flagged when it still cannot.',
    rows: siblings,
    example: exampleOf,
  },
  {
    title: 'The controller',
    text: 'Said outside the plan, of every kind of request.',
    rows: controller,
    example: none,
  },
];

const ofFailover = (): readonly Section[] => [
  {
    title: 'Whether it is dead',
    text: 'Asked of a person’s failover, too: see [the witnesses](failover.md#is-it-dead).',
    rows: judgements,
    example: failoverExampleOf,
  },
  {
    title: 'The survivor',
    text: 'Who may take over. Unlike for a switchover, lag, a stopped receiver and other replicas that are broken are no bar.',
    rows: survivorRules,
    example: failoverExampleOf,
  },
  {
    title: 'Without a person',
    text: 'Every row that applies holds an automatic failover back; none of them binds `dauphin failover`.',
    rows: recovery(),
    example: recoveryExampleOf,
  },
];

const ofRejoin: readonly Section[] = [
  {
    title: 'A former primary',
    text: 'Of `dauphin rejoin`, and of a rejoin that Dauphin begins.',
    rows: rejoins,
    example: none,
  },
];

const ofRepair: readonly Section[] = [
  {
    title: 'A replica with errant transactions',
    text: 'Of `dauphin repair`. The first that applies is told.',
    rows: repairs,
    example: none,
  },
];

const ofReshape: readonly Section[] = [
  {
    title: 'The shape of a Redis Cluster',
    text: 'Of `dauphin rebalance`, `reshard`, `add-node`, `remove-node`, `fix`, `place-replicas` and `set-timeout`. All that apply are told.',
    rows: reshapes,
    example: none,
  },
];

export function refusalsPage(): string {
  const parts = [
    ['Of a switchover', SWITCHOVER, ofSwitchover()],
    ['Of a failover', '', ofFailover()],
    [
      'In a Redis Cluster',
      '',
      [
        {
          title: 'Before a replica is told to take over',
          text: 'Besides those of a switchover and of a failover. The server itself says OK to much of what then fails silently.',
          rows: ofShards(),
          example: none,
        },
      ],
    ],
    ['Of a rejoin', '', ofRejoin],
    ['Of a repair', '', ofRepair],
    ['Of a reshape', '', ofReshape],
  ] as const;
  const listed = new Set<string>(
    parts.flatMap(([, , all]) => all.flatMap(({ rows }) => rows.map((row) => row.code))),
  );
  const rest = [...known].filter((name) => !listed.has(name));
  if (rest.length > 0) throw new Error(`not documented: ${rest.join(', ')}`);
  return page(
    pageHead('Refusals', 'src/core/switchover, failover and recovery, and scripts/docs/refusals-page.ts'),
    INTRODUCTION,
    ...parts.flatMap(([title, text, all]) => [
      `## ${title}`,
      ...(text === '' ? [] : [text]),
      ...all.flatMap((section) => [`### ${section.title}`, section.text, rulesTable(section)]),
    ]),
  );
}

function rulesTable({ rows, example }: Section): string {
  return table(
    ['code', 'what must hold', 'because', 'for example'],
    rows.map(({ code: name, holds, because }) => {
      const shown = example(name);
      const words = shown === undefined ? '' : `*${shown.fact}*; needs ${shown.needs}`;
      return [code(name), holds, because, words];
    }),
  );
}
