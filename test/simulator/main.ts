/**
 * `npm run simulate -- --seeds 1000 [--seed 17] [--trace] [--only kill,crash]`: many runs, or one with its story.
 * `--only orders`: the whole grid of two to four servers going down and coming up, numbered from 1 as seeds are.
 */
import { parseArgs } from 'node:util';
import { everyOrder } from './orders.ts';
import { randomFailover } from './random-failover.ts';
import { randomScenario, type TroubleKind, troubleKinds } from './random-scenario.ts';
import { runScenario, type Verdict } from './run-scenario.ts';
import { describeTrouble, type Scenario } from './scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    'seed-from': { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** `failover`, `switchover`, default both in turn; `orders`; or kinds of trouble: those of a switchover's run. */
    only: { type: 'string' },
    without: { type: 'string' },
    /** What a cut held back still arrives after it. */
    late: { type: 'boolean', default: false },
    /** Stops at the first failure unless told to go on. */
    'keep-going': { type: 'boolean', default: false },
  },
});

function kinds(): readonly TroubleKind[] {
  const only = /^(failover|switchover)$/.test(values.only ?? '') ? undefined : values.only?.split(',');
  const without = values.without?.split(',') ?? [];
  return troubleKinds.filter((kind) => (only?.includes(kind) ?? true) && !without.includes(kind));
}

function describeScenario(scenario: Scenario): string {
  const { troubles, ...rest } = scenario;
  return [JSON.stringify(rest), ...troubles.map((trouble) => `  ${describeTrouble(trouble)}`)].join('\n');
}

function report(verdict: Verdict): string {
  const breaches = verdict.breaches.map(
    ({ law, at, what }) => `  law ${law} at ${at.toFixed(3)} ms: ${what}`,
  );
  return [
    `seed ${verdict.scenario.seed} breaks ${verdict.breaches.length} invariants (trace ${verdict.hash})`,
    describeScenario(verdict.scenario),
    ...breaches,
    `  ended ${verdict.status}: ${verdict.summary}`,
  ].join('\n');
}

/** Failovers are the even seeds, unless only the one or the other kind is asked for. */
function scenarioOf(seed: number): Scenario {
  const failover = values.only === 'failover' || (values.only === undefined && seed % 2 === 0);
  if (failover) return randomFailover(seed);
  return { ...randomScenario(seed, kinds()), lateStatements: values.late };
}

const orders = values.only === 'orders' ? everyOrder() : undefined;

function drawn(number: number): Scenario {
  const order = orders?.[number - 1];
  if (!orders) return scenarioOf(number);
  if (!order) throw new RangeError(`there are ${orders.length} orders`);
  return order.scenario;
}

const first = Number(values.seed ?? values['seed-from']);
const asked = values.seed === undefined ? Number(values.seeds ?? orders?.length ?? 1000) : 1;
const count = orders ? Math.min(asked, orders.length - first + 1) : asked;
const began = performance.now();
const endings = new Map<string, number>();
let failures = 0;
let writes = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const verdict = await runScenario(drawn(seed));
  endings.set(verdict.status, (endings.get(verdict.status) ?? 0) + 1);
  writes += verdict.acknowledged;
  if (verdict.breaches.length > 0) {
    failures += 1;
    console.log(report(verdict));
  }
  if (values.trace || (verdict.breaches.length > 0 && count > 1 && !values['keep-going'])) {
    console.log(verdict.trace.join('\n'));
  }
  if (verdict.breaches.length > 0 && !values['keep-going']) break;
  if (process.stderr.isTTY && seed % 20 === 0) process.stderr.write(`\r${seed - first + 1}/${count}`);
}
const seconds = (performance.now() - began) / 1000;
const story = [...endings].map(([status, many]) => `${many} ${status}`).join(', ');
console.log(
  `${count} ${orders ? 'orders' : 'seeds'}, ${failures} failed, ${writes} acknowledged writes, ${seconds.toFixed(1)} s: ${story}`,
);
process.exitCode = failures === 0 ? 0 : 1;
