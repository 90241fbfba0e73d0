/** Law 1, where a former primary comes back writable: told of by hand, since no controller would do it. */
import { expect, it } from 'vitest';
import { sampleOperation } from '../../src/contract/sample-operation.ts';
import { samplePlan } from '../../src/contract/sample-plan.ts';
import { sampleTarget } from '../../src/contract/sample-target.ts';
import { operationId } from '../../src/core/identity.ts';
import type { Operation } from '../../src/core/operation.ts';
import { ProcessModel } from '../../src/simulator/process-model.ts';
import { passTime } from './pass-time.ts';
import { quietScenario } from './scenario.ts';
import { World } from './world.ts';

/** Longer than what a promotion and what came of it may be apart. */
const awhileMs = 200;

class Story {
  readonly world = new World({ ...quietScenario, siblings: 2, writers: 0 });
  readonly #process = new ProcessModel('ctl', this.world.clock);
  readonly #operations: Operation[] = [];

  async #pass(): Promise<void> {
    this.world.invariants.lookAtWriters();
    await passTime(this.world, () => false, awhileMs);
  }

  /** It is on record, and nothing of it is sent; the one before has ended. */
  plan(from: string, to: string): void {
    const [ended] = this.#operations.slice(-1);
    if (ended) this.#write({ ...ended, status: 'succeeded' });
    const id = operationId(`op-${this.#operations.length + 1}`);
    const plan = samplePlan({ from: sampleTarget(from), to: sampleTarget(to) });
    const operation = sampleOperation({ id, plan });
    this.#operations.push(operation);
    this.#write(operation);
  }

  #write(operation: Operation): void {
    this.world.record.take({
      writes: [{ put: `/operations/${operation.id}`, value: JSON.stringify(operation) }],
    });
  }

  async promote(to: string): Promise<void> {
    this.world.invariants.verbBegins(this.#process, to, 'promote');
    this.world.server(to).setMode({ readOnly: false, superReadOnly: false }, 'told by ctl');
    await this.#pass();
  }

  async replace(from: string, to: string): Promise<void> {
    this.world.server(from).kill();
    this.plan(from, to);
    await this.promote(to);
  }

  async comesBack(name: string): Promise<void> {
    this.world.server(name).start();
    await this.#pass();
  }

  get splits(): readonly string[] {
    return this.world.invariants.breaches.filter(({ law }) => law === 1).map(({ what }) => what);
  }
}

/** db1 comes back beside db2, which has replaced it; db2 dies then, and db3 is promoted. */
async function twoInARow(meanwhile: (world: World) => void): Promise<readonly string[]> {
  const story = new Story();
  await story.replace('db1', 'db2');
  await story.comesBack('db1');
  meanwhile(story.world);
  await story.replace('db2', 'db3');
  return story.splits;
}

it('nobody is promoted beside a former primary that writes again and answers', async () => {
  expect(await twoInARow(() => undefined)).toEqual(['db1 and db3 both acknowledge clients’ writes']);
});

it('one that is out of reach is not waited for', async () => {
  expect(await twoInARow((world) => world.host('db1').isolate())).toEqual([]);
});

it('one that has become a replica may be let write by its configuration', async () => {
  const rejoin = (world: World): void => {
    world.server('db1').channel = world.server('db3').channel;
  };
  expect(await twoInARow(rejoin)).toEqual([]);
});

it('a promotion that was never sent excuses nobody', async () => {
  const story = new Story();
  story.world.server('db1').kill();
  await story.replace('db2', 'db3');
  story.plan('db1', 'db3');
  await story.comesBack('db1');
  story.world.host('db1').isolate();
  await story.comesBack('db2');
  await story.replace('db3', 'db2');
  expect(story.splits).toEqual(['db1 and db2 both acknowledge clients’ writes']);
});
