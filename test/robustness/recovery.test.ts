/** What the controller does by itself when a primary dies, and what keeps it from doing it; on real MariaDB servers. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';
import { expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';

interface Line {
  readonly event: string;
  readonly fields: object;
}

const deadlineMs = 20_000;
const byPerson = { requestedBy: 'ada' };

async function scene(
  policy: PolicyTraits,
  play: (cluster: Cluster, control: TestControl, lines: readonly Line[]) => Promise<void>,
): Promise<void> {
  const lines: Line[] = [];
  const note = (fields: object, event: string): void => void lines.push({ event, fields });
  const log = { debug: note, info: note, warn: note, error: note };
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  await using control = await startControl(cluster, { policy, parts: { log } });
  await play(cluster, control, lines);
}

const logged = (lines: readonly Line[], event: string): Promise<Line> =>
  until(event, { deadlineMs }, async () => lines.find((line) => line.event === event));

/** The newest failover that has ended, other than those known already. */
function takenOver({ controller, name }: TestControl, known: readonly string[] = []): Promise<Operation> {
  return until('a failover to end', { deadlineMs }, async () => {
    const operations = await controller.operations({ cluster: name, limit: 50 });
    return operations.find(
      ({ id, kind, status }) => kind === 'failover' && status === 'succeeded' && !known.includes(id),
    );
  });
}

const codes = ({ fields }: Line): readonly string[] =>
  'refusals' in fields ? (fields.refusals as { code: string }[]).map(({ code }) => code) : [];

describe('a primary that dies', () => {
  it('is replaced; after that the next one waits for an acknowledgement', async () => {
    await scene({ failover: { mode: 'automatic' } }, async (cluster, control, lines) => {
      await cluster.server('db1').kill();
      const first = await takenOver(control);
      expect(first.requestedBy).toBe('dauphin');
      const second = first.plan?.to.name ?? '';
      await until('the new primary is seen', { deadlineMs }, async () =>
        control.controller.clusters().some(({ primary }) => primary === second),
      );
      await cluster.server(second).kill();
      expect(codes(await logged(lines, 'failover.refused'))).toEqual(['too-soon']);
      await control.controller.acknowledge(control.name, { ...byPerson, comment: 'understood' });
      const next = await takenOver(control, [first.id]);
      expect(next.plan?.from.name).toBe(second);
      await expectOnePrimary(cluster, next.plan?.to.name ?? '');
    });
  });

  it('is not replaced in downtime or maintenance, and is when both are over', async () => {
    await scene({ failover: { mode: 'automatic' } }, async (cluster, control, lines) => {
      const { controller, name } = control;
      const hour = { ...byPerson, forMs: 3_600_000, reason: 'upgrade' };
      await controller.maintenance(name, hour);
      await controller.downtime(name, 'db1', hour);
      expect(controller.topology(name).nodes.find((node) => node.name === 'db1')?.downtimed).toBe(true);
      await cluster.server('db1').kill();
      expect(codes(await logged(lines, 'failover.refused'))).toEqual(['in-downtime', 'in-maintenance']);
      const over = { ...byPerson, reason: '' };
      await controller.maintenance(name, over);
      expect(await controller.downtime(name, 'db1', over)).toEqual({ downtimes: [] });
      await takenOver(control);
    });
  });

  it('is replaced after a hook that takes longer than a disk may be stuck, when it hangs', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    const hook = { command: ['/bin/true'], timeoutMs: 10_000 };
    await using control = await startControl(cluster, {
      policy: {
        failover: { mode: 'automatic' },
        detection: { stuckMs: 1000 },
        hooks: { beforeFailover: [hook] },
      },
      parts: { runHook: (_hook, _occasion, { signal }) => systemClock.sleep(2000, signal) },
    });
    await cluster.server('db1').pause();
    await takenOver(control);
    const all = await control.controller.operations({ cluster: control.name, limit: 50 });
    expect(all.filter(({ kind, status }) => kind === 'failover' && status === 'rolled-back')).toEqual([]);
    cluster.server('db1').resume();
  });

  it('is not rejoined in maintenance, and is when that is over', async () => {
    await scene({ failover: { mode: 'automatic', rejoin: 'automatic' } }, async (cluster, control) => {
      const { controller, name } = control;
      await cluster.server('db1').kill();
      await takenOver(control);
      await controller.maintenance(name, { ...byPerson, forMs: 3_600_000, reason: 'new disk' });
      await cluster.server('db1').restart();
      const former = () => controller.topology(name).nodes.find((node) => node.name === 'db1');
      const back = await until('it is seen again', { deadlineMs }, async () => {
        const node = former();
        return node?.reachable && node.replacedBy !== undefined ? node.seen : undefined;
      });
      // Many times as long as it takes to begin.
      await until('it is left alone for 5 s', { deadlineMs }, async () => {
        return (former()?.seen?.observedAt ?? 0) > (back?.observedAt ?? 0) + 5000 ? true : undefined;
      });
      const rejoins = async () =>
        (await controller.operations({ cluster: name, limit: 50 })).filter(({ kind }) => kind === 'rejoin');
      expect(await rejoins()).toEqual([]);
      await controller.maintenance(name, { ...byPerson, reason: '' });
      await until('it is rejoined', { deadlineMs }, async () =>
        (await rejoins()).some(({ status }) => status === 'succeeded'),
      );
    });
  });

  it('is left alone in observe mode, and it is told once what would have been done', async () => {
    await scene({ failover: { mode: 'observe' } }, async (cluster, control, lines) => {
      await cluster.server('db1').kill();
      const observed = await logged(lines, 'failover.observed');
      expect(observed.fields).toMatchObject({
        primary: 'db1',
        would: expect.stringMatching(/^promote db[23]$/) as unknown,
      });
      const detector = await until('it is looked at again', { deadlineMs }, async () => {
        const findings = control.controller.findings(control.name);
        return findings.find(({ code }) => code === 'dead-primary');
      });
      expect(detector).toBeDefined();
      expect(lines.filter(({ event }) => event === 'failover.observed')).toHaveLength(1);
      expect(await control.controller.operations({ cluster: control.name, limit: 10 })).toEqual([]);
    });
  });
});
