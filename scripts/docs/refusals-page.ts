/** docs/reference/refusals.md, made from the rules of the switchover. */
import { refusalSchema } from '../../src/contract/refusal-schema.ts';
import type { RefusalCode } from '../../src/core/switchover-request.ts';
import { code, page, pageHead, table } from './markdown.ts';
import { exampleOf } from './refusal-examples.ts';
import { type RuleRow, readRuleTable } from './rule-tables.ts';

const INTRODUCTION = `
Why a switchover is not begun. A refusal is an answer, not a fault: nothing was changed. It names the fact that stands
in the way and what would have to be true. The command line prints both and ends with status 3; the API answers 409
with \`refusals\`. The groups below are asked in their order. Of the first that refuses, all facts are told and not only
the first. A refused request is kept as an operation of status \`refused\`.

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

const known: ReadonlySet<string> = new Set(refusalSchema.shape.code.options);

function asRow(row: RuleRow): Row {
  if (!known.has(row.code)) throw new Error(`${row.code} is no refusal of the contract`);
  return row as Row;
}

const sections = (): readonly (readonly [title: string, text: string, rows: readonly Row[]])[] => [
  [
    'The cluster and its primary',
    'One of these forbids every switchover of the cluster.',
    readRuleTable('primary-rules.ts').map(asRow),
  ],
  [
    'The candidate',
    'The first four say what the server is at all. Where one of them refuses, the others are not asked.',
    [...readRuleTable('candidate-rules.ts').map(asRow), ...choice],
  ],
  [
    'The other replicas',
    'A replica in downtime that cannot be moved does not forbid the switchover: it is tried again at the end, and flagged when it still cannot.',
    siblings,
  ],
  ['The controller', 'Said outside the plan.', controller],
];

export function refusalsPage(): string {
  const all = sections();
  const rest = [...known].filter((name) => !all.some(([, , rows]) => rows.some((row) => row.code === name)));
  if (rest.length > 0) throw new Error(`not documented: ${rest.join(', ')}`);
  return page(
    pageHead('Refusals', 'src/core/switchover, and scripts/docs/refusals-page.ts'),
    INTRODUCTION,
    ...all.flatMap(([title, text, rows]) => [`## ${title}`, text, rulesTable(rows)]),
  );
}

function rulesTable(rows: readonly Row[]): string {
  return table(
    ['code', 'what must hold', 'because', 'for example'],
    rows.map(({ code: name, holds, because }) => {
      const example = exampleOf(name);
      const words = example === undefined ? '' : `*${example.fact}*; needs ${example.needs}`;
      return [code(name), holds, because, words];
    }),
  );
}
