/** docs/reference/findings.md, made from the table of diagnosis and from what the routes' watch says. */

import { RouteWatch } from '../../src/control/observation/route-watch.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Rule } from '../../src/core/diagnosis/rule.ts';
import { rules } from '../../src/core/diagnosis/rules.ts';
import type { Finding, FindingCode } from '../../src/core/finding.ts';
import { clusterName } from '../../src/core/identity.ts';
import type { HaproxySettings } from '../../src/core/policy.ts';
import { clusterRules } from '../../src/core/shards/cluster-findings.ts';
import { cluster, nodeNamed } from '../../src/core/testing/cluster-builder.ts';
import { orchestratorSection, precedenceSection } from './findings-tables.ts';
import { codes, page, pageHead, table } from './markdown.ts';

const INTRODUCTION = `
What Dauphin says is wrong with a cluster. Codes never change once they are released. \`dauphin findings\` and
\`dauphin topology\` show them, \`GET /v1/findings\` tells them to programs, each with its evidence.

- **Severity.** \`critical\`: writes fail or may be lost now. \`warning\`: to be mended. \`notice\`: limits what can be
  done.
- **Blocks.** \`switchover\`: the primary cannot be handed over while it lasts. \`failover\`: nobody can take over from a
  dead primary while it lasts. \`candidacy\`: the server it is about cannot become primary. The switchover and the
  failover themselves look again and refuse in their own words: see [refusals.md](refusals.md).
- **After.** Other findings of the same cluster that are to be handled first: a replica that has stopped because its
  source is dead needs no repair of its own. See [what is handled first](#what-is-handled-first).
- **Orchestrator's name** is given where Orchestrator, looking at the same servers, would say the same. Where several
  are listed, each case names the one that fits it.
- A finding about a server in downtime is shown, but counted apart; so is one about the replicas of a server when all of
  them are in downtime.
- **What counts as an answer.** A server answers when its last probe did; what is said of its state comes from that
  probe. Of a silent server only what is configured is still believed. Orchestrator calls the same *valid*.
`;

/** Where one case differs from its rule. */
const differences: Partial<Readonly<Record<FindingCode, string>>> = {
  'primary-read-only':
    'A `warning` where another server takes the writes: then this one is left over, not the primary. In a ring it is said once, of the whole ring, and only when no member takes writes.',
  'filters-differ':
    'Filters on the primary’s own log block the switchover; filters of a replica block its candidacy.',
  'gtid-off': 'On a primary it blocks the switchover, on a replica its candidacy.',
  'dead-primary':
    'Orchestrator also takes it for dead where its replicas were stopped by hand, or still receive and only do not apply, or where it answers that it has too many connections. Dauphin then says `primary-unreachable`, with Orchestrator’s name beside it.',
  'dead-co-primary': 'Dead by the same two witnesses as `dead-primary`.',
  'dead-intermediate-source': 'Dead by the same two witnesses as `dead-primary`.',
  'no-primary':
    'It blocks a failover only where the primary was never seen: nobody knows then whom to replace.',
  'no-replica-replicates':
    'A `notice` that blocks nothing where the server takes no writes itself: an intermediate source, a passive member of a ring. It blocks a failover only where no replica answers.',
  'replica-cannot-connect':
    'A `notice` that blocks nothing where Dauphin does not reach the source either: then the replica is a witness, and may be the one that takes over. A receiver that has given up trying is told as `replica-broken`.',
  'replica-without-log':
    'It blocks switchover and failover, too, where none of several direct replicas logs.',
  'semi-sync-locked':
    'Two looks that both find too few replicas, and the same position. A primary nobody writes to looks the same, and its next commit waits as well. On MariaDB Orchestrator never says it.',
  'gtid-modes-differ':
    'Only of MySQL: MariaDB has no mode. Dauphin tells `gtid_mode=ON` from all other modes.',
  'log-formats-differ': 'Told once for each pair of formats.',
  'long-transaction':
    'Blocks the switchover only where `switchover.afterGrace` is `give-up`; else such a transaction is ended.',
  'replica-broken': 'A receiver that still tries to connect is told as `replica-cannot-connect`.',
};

type RouteFinding = Extract<FindingCode, `route-${string}`>;

const routeReasons: Readonly<Record<RouteFinding, string>> = {
  'route-elsewhere':
    'Clients of this route do not reach the primary. Dauphin moves the route by itself once it has seen this twice in a row and no operation has the cluster in hand.',
  'route-unreachable':
    'Where this route sends clients is not known, and it could not be told of a new primary. Nothing is handed over until it answers.',
};

interface Line extends Pick<Finding, 'severity' | 'blocks'> {
  readonly code: FindingCode;
  readonly orchestrator: readonly string[];
  readonly because: string;
}

export async function findingsPage(): Promise<string> {
  const ofClusters = clusterRules.map((rule): Line => ({ ...rule, orchestrator: [] }));
  const lines = [...rules.map(ofRule), ...(await routeLines()), ...ofClusters];
  return page(
    pageHead('Findings', 'src/core/diagnosis and scripts/docs/findings-page.ts'),
    INTRODUCTION,
    table(
      ['code', 'severity', 'blocks'],
      lines.map((line) => [`[\`${line.code}\`](#${line.code})`, line.severity, blocksText(line)]),
    ),
    ...lines.map(section),
    precedenceSection(),
    orchestratorSection(),
  );
}

const blocksText = ({ blocks }: Line): string => blocks.join(', ') || 'nothing';

function ofRule(rule: Rule): Line {
  return { ...rule, orchestrator: rule.orchestrator ?? [] };
}

function section(line: Line): string {
  const names = line.orchestrator.length === 0 ? 'none' : codes(line.orchestrator);
  const difference = differences[line.code];
  return [
    `## \`${line.code}\``,
    '',
    line.because,
    ...(difference === undefined ? [] : ['', difference]),
    '',
    `- severity: ${line.severity}`,
    `- blocks: ${blocksText(line)}`,
    `- Orchestrator's name: ${names}`,
  ].join('\n');
}

/** A route that leads elsewhere, and one that does not answer, as their watch tells of them. */
async function routeLines(): Promise<readonly Line[]> {
  const topology = cluster().primary('db1').replica('db2').topology();
  const settings = (name: string): HaproxySettings => ({
    name,
    kind: 'haproxy',
    socket: `/run/${name}`,
    backend: name,
    server: 'primary',
  });
  const watch = new RouteWatch(
    cluster().policy({ routes: [settings('elsewhere'), settings('silent')] }),
    (route) => ({
      settings: route,
      look: async () => {
        if (route.name === 'silent') throw new Error('connect ENOENT');
        return { target: nodeNamed(topology, 'db2').address, held: false };
      },
      hold: async () => undefined,
      release: async () => undefined,
    }),
    systemClock,
  );
  await watch.look({ signal: new AbortController().signal, deadlineMs: 1000 });
  const findings = watch.findings(clusterName('orders'), nodeNamed(topology, 'db1'));
  return (Object.keys(routeReasons) as RouteFinding[]).map((name) => {
    const finding = findings.find((each) => each.code === name);
    if (finding === undefined) throw new Error(`no route is found ${name}`);
    return { ...finding, orchestrator: [], because: routeReasons[name] };
  });
}
