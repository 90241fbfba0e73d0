/** docs/reference/operations.md: what an operation is made of. Its tables are made from the code. */
import type { JournalEvent, OperationStatus } from '../../src/core/operation.ts';
import { type Phase, type Plan, phases, type Step } from '../../src/core/plan.ts';
import { code, page, pageHead, table } from './markdown.ts';
import { defaultFailover } from './sample-failover.ts';
import { defaultPlan } from './sample-plan.ts';
import { settlementMatrix, settlementRules } from './settlement-table.ts';

const INTRODUCTION = `
Every request is an operation: a **switchover**, a **failover**, a **rejoin** (a former primary becomes a replica again) 
a **relocation** (the replicas of a dead intermediate source are put under another), a **fencing** (a former primary that
came back writable is made read-only), a **repair** (a replica is rid of errant transactions), or a **reshape** (of a Redis
Cluster: who owns which slots, who is a member, who replicates whom). It is written down before anything is done, and step by step while it runs. \`dauphin operations\` lists them, \`dauphin explain ID\` tells the story of one, and
\`GET /v1/operations/ID/journal\` gives the journal to programs. What to do about each ending is in
[how to recover](../how-to/recover.md).
`;

const statuses: Readonly<Record<OperationStatus, string>> = {
  running:
    'It is under way, or waits to learn what became of a promotion. Also while the controller that runs it is down: the next start takes it up.',
  succeeded:
    'The new primary takes writes; of a rejoin or a relocation: the server, or the orphans, follow. It may have flags: things that were carried forward without success and need a repair.',
  'rolled-back':
    'Nothing changed hands. `outcome.cause` says why. Of a switchover: the old primary takes writes again. Of a failover: nobody was promoted, the survivors receive again and the fence is lifted; a primary that is dead still is.',
  failed:
    'The old primary could not be made writable again, or the cluster was changed by somebody else while no controller ran. A person has to look. Of a rejoin: the server does not follow; the summary says what was done.',
  refused: 'Not begun. `refusals` says why.',
};

type Meaning = readonly [of: string, what: string, ifItFails: string];

const meanings: Readonly<Record<Phase, Meaning>> = {
  check: [
    'switchover, rejoin',
    'Every fact is looked at again, connections are opened, hooks are asked. Of a rejoin: the server is started by its agent, read-only, if it is down',
    'nothing was changed',
  ],
  confirm: [
    'failover, relocation',
    'Every witness is asked once more whether the server is dead; connections to the survivors are opened, hooks are asked',
    'nothing was changed',
  ],
  approach: [
    'switchover',
    'The other replicas are put under the candidate, and it keeps pace with the writes that flow',
    'they are put back',
  ],
  hold: ['switchover', 'The routes hold new clients', 'they are let on'],
  fence: [
    'failover, fencing',
    'The routes hold new clients, and the strongest means that answers keeps the dead primary from taking writes; of a fencing, it is made read-only',
    'gone on without; `explain` names the means; a fencing has failed, and is tried again',
  ],
  gather: [
    'failover',
    'The survivors stop receiving and say what they have',
    'the candidate: all is put back; another survivor: gone on without it',
  ],
  salvage: [
    'failover',
    'The dead primary’s own log is read for what the candidate lacks; what would be lost is weighed against the policy',
    'a log that cannot be read is weighed as such; a loss that is not accepted: all is put back',
  ],
  level: [
    'failover',
    'The candidate applies what it has received, then what was salvaged, then what only other survivors have',
    'the survivors receive again, the fence is lifted',
  ],
  freeze: [
    'switchover',
    'Open transactions come to their end; then the old primary refuses every write, and its position is taken',
    'it is made writable again',
  ],
  reach: ['switchover', 'The candidate has applied that position', 'the old primary is made writable again'],
  compare: [
    'rejoin, repair',
    'The server is made read-only; what it has and the primary lacks. Of a repair, it stops replicating first',
    'it is left as it is; of a repair, it replicates again',
  ],
  restore: [
    'rejoin, repair',
    'What only it has is saved as a file, and then taken back, or the server is made anew from another; of a repair by `empty`, the primary takes empty transactions of these names',
    'it is left as it is; of a repair, it replicates again as far as it can',
  ],
  demote: [
    'switchover of Redis',
    'The old primary, whose writers wait, follows the candidate, which gets what it has by then: a freeze of Redis ends by itself',
    'the old primary follows nobody again, and writers go on',
  ],
  mend: [
    'reshape',
    'Slots that are on their way, contested or nobody’s get one owner, with all their keys',
    'stopped where it is',
  ],
  join: ['reshape', 'An empty node and the members meet', 'stopped where it is'],
  move: [
    'reshape',
    'Slots go over with their keys, while clients work; pairs without a server in common go side by side',
    'stopped where it is: what has gone stays, and the rest can be asked for again',
  ],
  place: ['reshape', 'Replicas are put under other primaries, and copy their data', 'stopped where it is'],
  configure: ['reshape', 'A setting is changed on all nodes', 'all get back what they had'],
  leave: ['reshape', 'A node is forgotten by all others', 'stopped where it is'],
  promote: ['switchover, failover', 'The candidate is made writable', 'settled, see below'],
  release: [
    'switchover, failover',
    'The routes lead to it, and it forgets its source; what could still write to the old primary of a switchover is ended',
    'carried forward',
  ],
  follow: [
    'all but fencing',
    'Stragglers, and the old primary of a switchover or rejoin, follow the new one; the orphans of a relocation follow their new source',
    'flagged',
  ],
  prove: ['all but fencing', 'A row written on the primary is seen on those that were moved', 'flagged'],
};

const events: Readonly<Record<JournalEvent['event'], string>> = {
  'step-started': 'Written before the step does anything: it may have had an effect.',
  'step-done': 'With its time and what it put out: a position, how many sessions it ended.',
  'step-failed': 'With the error.',
  'step-progress':
    'How far a long step has come: slots, keys, and keys a second; once a second at most, and more seldom the longer it takes.',
  'undo-started': 'The undoing of a step has begun.',
  'undo-done': 'With its time.',
  'undo-failed':
    'With the error; tried for 30 s for the thaw of the old primary and for 5 s for anything else.',
  'rolling-back': 'From here on the way is back; with the cause.',
  resumed: 'A controller took it up after another had died, or a promotion was settled; with the reason.',
  abandoned:
    'A person gave it up while nobody could tell whether the candidate had been promoted; with who and why.',
  finished: 'With the status and the summary. In the same commit the operation is closed.',
};

const STEPS = `
A switchover of \`orders\` from db1 to db2, with db3 healthy, db4 silent and in downtime, one route and a hook on each
side, as it is planned with every setting at its default. Phases run one after the other, steps of a phase side by side
unless one has to wait for another. *Back*: its failure ends the switchover and puts everything back. *Forward*: its
failure is flagged and the rest goes on. \`promote\` is the exception: whether it failed has to be settled first.
`;

const FAILOVER_STEPS = `
A failover of \`orders\` from db1, which died, to db2, with db3 as the other survivor, an agent on db1's host, one route
and a hook on each side, with every setting at its default. Without an agent there is no step \`salvage\`, and \`fence\`
does what it can: see [fencing](../how-to/failover.md#fencing).
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

const FAILOVER_SETTLEMENT = `
### Of a failover

There is no frozen primary to go back to, so the candidate alone is asked. When it turns out to be writable the failover
goes on; when it is not, it is rolled back. One that stays silent is asked again and again; after 5 s the journal says so,
and the candidate's own agent, where there is one, is told to put it down: then it is certain that it is not the primary,
and the failover is rolled back.
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

A failover whose promotion is on record, or has happened, goes on. Any other is begun anew, with the question whether the
primary is still dead: until the promotion each of its steps is safe to repeat. A rejoin and a repair are begun anew as
well; what they have saved stays saved.

An operation that a living controller had to leave (its lease was lost while the store was away) is taken up again by
itself after a second. A lease whose holder is dead is broken at once where that can be seen: the same machine, not
restarted since, and no such process any more. Any other is waited for: it ends 5 s after its holder last renewed it.

## How long writers were held

\`outcome.heldMs\` is the time from the start of the freeze until the promotion's answer, as the controller saw it. It is
absent after a resume and where a promotion had to be settled, because nobody saw both ends. Of a failover it is the time
from the first sign of trouble (\`judgement.suspectedAt\`) until the promotion's answer. What an application sees is longer by its own way to
the new primary.
`;

export function operationsPage(): string {
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
      ['phase', 'of', 'what happens', 'if it fails'],
      phases.map((phase) => [code(phase), ...meanings[phase]]),
    ),
    'They run in this order; a plan has those of its kind.',
    '## Steps of a switchover',
    STEPS,
    stepsTable(defaultPlan()),
    '## Steps of a failover',
    FAILOVER_STEPS,
    stepsTable(defaultFailover()),
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
    FAILOVER_SETTLEMENT,
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
    case 'restore-replication':
      return `${undo.server.name}'s replication as it was`;
    case 'unfence':
      return `the fence lifted`;
    default:
      return undo?.verb ?? '';
  }
}
