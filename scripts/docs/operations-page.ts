/** docs/reference/operations.md: what an operation is made of. Its tables are made from the code. */
import type { JournalEvent, OperationStatus } from '../../src/core/operation.ts';
import { type Phase, type Plan, phases, type Step } from '../../src/core/plan.ts';
import { code, page, pageHead, table } from './markdown.ts';
import { defaultPlan } from './sample-plan.ts';
import { settlementMatrix, settlementRules } from './settlement-table.ts';

const INTRODUCTION = `
Every request to hand a primary over is an operation. It is written down before anything is done, and step by step while
it runs. \`dauphin operations\` lists them, \`dauphin explain ID\` tells the story of one, and
\`GET /v1/operations/ID/journal\` gives the journal to programs. What to do about each ending is in
[how to recover](../how-to/recover.md).
`;

const statuses: Readonly<Record<OperationStatus, string>> = {
  running:
    'It is under way, or waits to learn what became of a promotion. Also while the controller that runs it is down: the next start takes it up.',
  succeeded:
    'The new primary takes writes. It may have flags: things that were carried forward without success and need a repair.',
  'rolled-back': 'Nothing changed hands. The old primary takes writes again. `outcome.cause` says why.',
  failed:
    'The old primary could not be made writable again, or the cluster was changed by somebody else while no controller ran. A person has to look.',
  refused: 'Not begun. `refusals` says why.',
};

const meanings: Readonly<Record<Phase, readonly [what: string, ifItFails: string]>> = {
  check: ['Every fact is looked at again, connections are opened, hooks are asked', 'nothing was changed'],
  approach: [
    'The other replicas are put under the candidate, and it keeps pace with the writes that flow',
    'they are put back',
  ],
  hold: ['The routes hold new clients', 'they are let on'],
  freeze: [
    'Open transactions come to their end; then the old primary refuses every write, and its position is taken',
    'it is made writable again',
  ],
  reach: ['The candidate has applied that position', 'the old primary is made writable again'],
  promote: ['The candidate is made writable', 'settled, see below'],
  release: ['The routes lead to it; what could still write to the old primary is ended', 'carried forward'],
  follow: ['The old primary and stragglers follow the new one', 'flagged'],
  prove: ['A row written on the new primary is seen on its replicas', 'flagged'],
};

const events: Readonly<Record<JournalEvent['event'], string>> = {
  'step-started': 'Written before the step does anything: it may have had an effect.',
  'step-done': 'With its time and what it put out: a position, how many sessions it ended.',
  'step-failed': 'With the error.',
  'undo-started': 'The undoing of a step has begun.',
  'undo-done': 'With its time.',
  'undo-failed':
    'With the error; tried for 30 s for the thaw of the old primary and for 5 s for anything else.',
  'rolling-back': 'From here on the way is back; with the cause.',
  resumed: 'A controller took it up after another had died, or a promotion was settled; with the reason.',
  finished: 'With the status and the summary. In the same commit the operation is closed.',
};

const STEPS = `
A switchover of \`orders\` from db1 to db2, with db3 healthy, db4 silent and in downtime, one route and a hook on each
side, as it is planned with every setting at its default. Phases run one after the other, steps of a phase side by side
unless one has to wait for another. *Back*: its failure ends the switchover and puts everything back. *Forward*: its
failure is flagged and the rest goes on. \`promote\` is the exception: whether it failed has to be settled first.
`;

const TRIES = `
Steps after the promotion are tried again until their deadline as long as the error may heal (see *again* in
[errors.md](errors.md)). Steps before it are tried once: a rollback is cheaper than a wait.
`;

const SETTLEMENT = `
A promotion whose answer never came, or that a controller died in, may have had its effect or not. Both servers are asked
until they tell, however long that takes; the old primary is left read-only meanwhile. The first rule that applies
decides. The same table serves the running operation and the resumed one.
`;

const MATRIX = `
For a promotion that was begun and whose end is not on record this comes to:
`;

const AFTER_SETTLEMENT = `
- \`carry-on\`: the old primary is told to be read-only, whatever it was, and the phases after the promotion run.
- \`promote-again\`: freeze, reach and promote run once more, three times in all at most; then it is rolled back.
- \`roll-back\`: the old primary takes writes again, and its replicas are put back.
- \`ask-again\`: the operation stays \`running\`. After 5 s the journal says what it waits for. It ends when the servers
  tell, or when a person makes the old primary writable: see
  [how to recover](../how-to/recover.md#running-and-waiting-for-a-candidate).

A resumed operation in which the freeze was begun is settled too, whether or not the promotion is on record: the candidate
is looked at before the old primary is let on. After a crash of the controller's machine the last lines of the journal may
be missing, and the promotion counts as begun.

A promotion that certainly had no effect needs no settling: the server refused it, or it was never sent. Then the
operation is rolled back at once.
`;

const RESUMED = `
## A controller that died

At its start a controller takes up every operation that is on record as open, under the cluster's lease. It ends what the
dead one left on the two servers (sessions with locks, statements under way), and goes on:

| the journal says | what it does |
|---|---|
| the promotion is done | runs what follows it; steps that are done are not run again |
| the old primary replicates from somebody else by now | \`failed\`: the cluster was changed meanwhile, nothing is touched |
| the freeze was begun | settles it, as above |
| nothing was frozen yet | rolls back |

An operation that a living controller had to leave (its lease was lost while the store was away) is taken up again by
itself after a second. A lease whose holder is dead is broken at once where that can be seen: the same machine, not
restarted since, and no such process any more. Any other is waited for: it ends 5 s after its holder last renewed it.

## How long writers were held

\`outcome.heldMs\` is the time from the start of the freeze until the promotion's answer, as the controller saw it. It is
absent after a resume and where a promotion had to be settled, because nobody saw both ends. What an application sees is longer by its own way to
the new primary.
`;

export function operationsPage(): string {
  const plan = defaultPlan();
  return page(
    pageHead('Operations', 'src/core and scripts/docs/operations-page.ts'),
    INTRODUCTION,
    '## Status',
    table(
      ['status', 'meaning'],
      Object.entries(statuses).map(([status, meaning]) => [code(status), meaning]),
    ),
    '## Phases',
    table(
      ['', 'phase', 'what happens', 'if it fails'],
      phases.map((phase, index) => [String(index + 1), code(phase), ...meanings[phase]]),
    ),
    '## Steps',
    STEPS,
    stepsTable(plan),
    TRIES,
    '## The journal',
    table(
      ['event', 'meaning'],
      Object.entries(events).map(([event, meaning]) => [code(event), meaning]),
    ),
    '## Settling a promotion',
    SETTLEMENT,
    settlementRules(),
    MATRIX,
    settlementMatrix(),
    AFTER_SETTLEMENT,
    RESUMED,
  );
}

function stepsTable(plan: Plan): string {
  return table(
    ['phase', 'step', 'what a person reads', 'deadline', 'failure', 'undone by'],
    plan.steps.map((step) => [
      step.phase,
      code(step.id),
      step.note === undefined ? step.title : `${step.title} (${step.note})`,
      `${step.deadlineMs / 1000} s`,
      step.id === plan.pointOfNoReturn ? 'settled' : step.onFailure === 'roll-back' ? 'back' : 'forward',
      undoText(step),
    ]),
  );
}

function undoText({ undo }: Step): string {
  switch (undo?.verb) {
    case undefined:
      return '';
    case 'follow':
      return `${undo.server.name} under ${undo.source.name}`;
    case 'release-route':
      return `route to ${undo.to.name}`;
    case 'thaw':
      return `${undo.server.name} writable`;
    default:
      return undo?.verb ?? '';
  }
}
