/** docs/reference/failover.md: the tables by which a failover is decided, as they stand in the code. */
import { judgementTable } from '../../src/core/detection/judge-primary.ts';
import { lossTable } from '../../src/core/failover/loss.ts';
import { surplusTable } from '../../src/core/failover/surplus-loss.ts';
import { code, page, pageHead, table } from './markdown.ts';

const INTRODUCTION = `
The tables by which Dauphin decides when a primary dies. They are the code's own: in each the first row that applies
decides, and its *because* is what you read in the plan, in \`dauphin explain\` and in the log. What holds an automatic
failover back, and who may take over, is in [refusals.md](refusals.md#of-a-failover). How to use it all:
[how to fail over](../how-to/failover.md).
`;

const DEAD = `
Four kinds of witnesses are asked side by side: this controller, the primary's direct replicas, the agent on the
primary's host where one is configured, and the [other controllers](../how-to/failover.md#other-controllers) that watch the
cluster. Each says one of:

| word | meaning |
|---|---|
| \`serves\` | it answers; or the replica's receiver connected to it anew; or it refused the receiver itself (access denied, too many connections), which only a living server can |
| \`gone\` | nothing listens there, or its process has ended |
| \`silent\` | it was asked and did not answer in time, or a receiver cannot get through to it |
| \`stuck\` | it answers, but the host's disk does not take writes |
| \`cannot-tell\` | this witness does not answer itself, or its replication was stopped by hand |

A replica whose receiver has not tried to connect since the suspicion says nothing yet, and is made to connect anew:
\`running\` is no proof ([decision 8](../decisions/0008-two-witnesses-and-renewed-receivers.md)). *Open* are witnesses that
may yet see the primary serve. They are asked until somebody sees it alive, or no witness is open any more and it is
dead, or \`detection.inquest\` is over; up to 3.6 s longer while a receiver is still being made to connect anew (MySQL
takes two seconds to stop one that waits for its source's answer). Only \`dead\` leads to a failover.

A MariaDB replica by GTID whose applier is stopped is not made to connect anew: it would throw away what it has received.
While its receiver runs it counts as open, unless the primary's own host has lost the primary, too.
`;

const LOST = `
Weighed in the step \`assess\`, after the survivors have stopped receiving and the dead primary's log was read, or could
not be. *Missing* is what the dead primary had when it was last seen, and neither a survivor nor the log has.
`;

const AFTER_LOST = `
- \`none\`: nothing acknowledged is lost. \`known\`: the named transactions are. \`possible\`: none is known to be missing, and
  it cannot be ruled out; without the log, what was written after the last look at the primary cannot be named.
- The semi-synchronous proof needs, when the primary was last seen: semi-synchronous replication on and active on it, and a
  time-out of an hour or more. A shorter one may have turned it off in between, and proves nothing. Of N replicas that
  acknowledge, with K acknowledgements a commit, N − K + 1 have to answer.
- A row that stops it rolls the failover back: the survivors receive again and the fence is lifted. The cause is
  \`loss-not-accepted\`.
`;

const SURPLUS = `
Of a former primary that comes back with transactions of its own: could a client have been told that they are done? The
answer changes nothing in what is done with them. It is what the report of the rejoin says.
`;

export function failoverPage(): string {
  return page(
    pageHead(
      'Failover: the decisions',
      'src/core/detection, src/core/failover and scripts/docs/failover-page.ts',
    ),
    INTRODUCTION,
    '## Is it dead?',
    DEAD,
    table(
      ['', 'rule', 'verdict', 'because'],
      judgementTable.map(({ id, verdict, because }, index) => [
        `${index + 1}`,
        code(id),
        code(verdict),
        because,
      ]),
    ),
    '## What is lost?',
    LOST,
    table(
      ['', 'rule', '', 'because', 'what would let it go on'],
      lossTable.map(({ id, go, because, needs = '' }, index) => [
        `${index + 1}`,
        code(id),
        go ? 'goes on' : 'stops',
        because,
        needs,
      ]),
    ),
    AFTER_LOST,
    '## Was it acknowledged?',
    SURPLUS,
    table(
      ['', 'rule', 'acknowledged', 'because'],
      surplusTable.map(({ id, acknowledged, because }, index) => [
        `${index + 1}`,
        code(id),
        acknowledged,
        because,
      ]),
    ),
  );
}
