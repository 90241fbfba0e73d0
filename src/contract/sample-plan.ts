/** The plan that DESIGN.md shows: orders goes from db1 to db2. */
import { clusterName, serverId } from '../core/identity.ts';
import type { Action, Phase, Plan, Step, Target } from '../core/plan.ts';
import type { RouteSettings } from '../core/policy.ts';
import { sampleTarget } from './sample-target.ts';

const route: RouteSettings = {
  name: 'orders-rw',
  kind: 'haproxy',
  socket: '/run/haproxy.sock',
  backend: 'orders',
  server: 'primary',
  frontend: 'orders-rw',
};

/** `text`: the title, and the note after a bar where there is one. */
function sampleStep(id: string, phase: Phase, text: string, action: Action): Step {
  const onFailure = ['release', 'follow', 'prove'].includes(phase) ? 'carry-forward' : 'roll-back';
  const [title = '', note] = text.split(' | ');
  const rest = note === undefined ? {} : { note };
  return { id, phase, action, title, deadlineMs: 2000, after: [], onFailure, ...rest };
}

function follow(server: Target, source: Target, wasPrimary = false): Action {
  return { verb: 'follow', server, source, settings: { wasPrimary }, catchUp: false };
}

function sampleSteps(): readonly Step[] {
  const db1 = sampleTarget('db1');
  const db2 = sampleTarget('db2');
  const db3 = sampleTarget('db3');
  const db4 = sampleTarget('db4');
  const frozen = { step: 'freeze:db1' };
  const seenBy = [db1, db3, db4];
  const undone = 'writes go on; undone if it fails';
  const reach: Action = { verb: 'await-position', server: db2, position: frozen };
  const promote: Action = { verb: 'promote', server: db2, from: db1, position: frozen };
  return [
    sampleStep('verify', 'check', 'every fact looked at again', { verb: 'verify' }),
    sampleStep('approach:db3', 'approach', `db3 → under db2 | ${undone}`, follow(db3, db2)),
    sampleStep('approach:db4', 'approach', `db4 → under db2 | ${undone}`, follow(db4, db2)),
    sampleStep('hold:orders-rw', 'hold', 'haproxy orders-rw | new connections wait', {
      verb: 'hold-route',
      route,
    }),
    sampleStep('freeze:db1', 'freeze', 'db1 read-only', { verb: 'freeze', server: db1 }),
    sampleStep('reach:db2', 'reach', "db2 has db1's last position | at most 2 s, else back to db1", reach),
    sampleStep('promote:db2', 'promote', 'db2 writable', promote),
    sampleStep('release:orders-rw', 'release', 'haproxy orders-rw → db2', {
      verb: 'release-route',
      route,
      to: db2,
    }),
    sampleStep('follow:db1', 'follow', 'db1 → under db2', follow(db1, db2, true)),
    sampleStep('prove', 'prove', 'the hand-over row is seen on db1, db3, db4', {
      verb: 'prove',
      server: db2,
      seenBy,
    }),
  ];
}

export function samplePlan(changes: Partial<Plan> = {}): Plan {
  return {
    kind: 'switchover',
    cluster: clusterName('orders'),
    request: { cluster: clusterName('orders'), to: serverId('uuid-db2') },
    engineTitle: 'MariaDB 10.11',
    from: sampleTarget('db1'),
    to: sampleTarget('db2'),
    reasons: ['it was named'],
    passedOver: [],
    guarantee: "no acknowledged write is lost: db2 has db1's last position before it is promoted",
    warnings: [],
    facts: ['one primary', 'db2 follows it directly', 'db2 lags 0 s', 'db2 has nothing of its own'].map(
      (text) => ({
        text,
      }),
    ),
    steps: sampleSteps(),
    pointOfNoReturn: 'promote:db2',
    ...changes,
  };
}
