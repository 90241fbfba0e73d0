/** Plays a scenario on real servers, act after act. */
import { expect } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import { until } from '../kit/deadline.ts';
import { checkHandedOver, checkRejoined } from './check-ending.ts';
import { keptOf } from './look.ts';
import type { Act, Expectation, Name, Scenario, Trigger } from './scenario.ts';
import { Stage } from './stage.ts';
import { takeStep } from './take-step.ts';

/** Receivers take their time to notice. */
const FOUND_MS = 10_000;

export async function playScenario(scenario: Scenario, engine: SqlEngineKind): Promise<void> {
  await using stage = await Stage.set(scenario, engine);
  for (const [index, act] of scenario.acts.entries()) await play(act, index, stage);
}

async function play({ steps, trigger, expect: expected }: Act, index: number, stage: Stage): Promise<void> {
  for (const step of steps) await takeStep(step, stage);
  if (trigger.ask === 'failover' && trigger.after !== undefined) await fell(trigger.after, stage);
  else await stage.seen();
  if (trigger.ask === 'nothing') return checkFindings(expected, stage);
  const before = await keptByAll(stage);
  const operation = await ask(trigger, stage);
  const told = JSON.stringify(operation.refusals ?? operation.outcome);
  switch (expected.result) {
    case 'ok':
    case 'partial':
      return checkHandedOver(expected, { operation, stage, index });
    case 'rejoined':
      return checkRejoined(expected, operation, trigger.ask === 'rejoin' ? trigger.server : 'p', stage);
    case 'refused':
      expect(operation.status, told).toBe('refused');
      expect(new Set(operation.refusals?.map(({ code }) => code)), told).toEqual(new Set(expected.codes));
      break;
    case 'rolled-back':
      expect(operation.status, told).toBe('rolled-back');
      expect(operation.outcome?.cause?.code, told).toBe(expected.code);
      break;
    case 'found':
      throw new Error('findings are for an act in which nothing is asked');
    default:
      expected satisfies never;
  }
  const after = await keptByAll(stage);
  if (expected.result === 'rolled-back' && expected.but !== undefined) {
    for (const each of [before, after]) each.delete(expected.but);
  }
  expect(after, told).toEqual(before);
}

async function fell(how: 'process' | 'host' | 'stop', stage: Stage): Promise<void> {
  await stage.seen();
  const primary = stage.server(stage.primary);
  if (how === 'host') await stage.agent?.kill();
  if (how === 'stop') await primary.stop();
  else await primary.kill();
}

function ask(trigger: Exclude<Trigger, { ask: 'nothing' }>, { control }: Stage): Promise<Operation> {
  switch (trigger.ask) {
    case 'failover': {
      const { to, acceptDataLoss } = trigger;
      return control.failover({
        ...(to === undefined ? {} : { to }),
        ...(acceptDataLoss ? { acceptDataLoss: { by: 'test' } } : {}),
      });
    }
    case 'switchover':
      return control.switchover(trigger.to);
    case 'rejoin':
      return control.rejoin(trigger.server);
    default:
      return trigger satisfies never;
  }
}

async function keptByAll(stage: Stage): Promise<Map<Name, object>> {
  const all = stage.running.map(async (name) => [name, await keptOf(stage.server(name))] as const);
  return new Map(await Promise.all(all));
}

async function checkFindings(expected: Expectation, { control }: Stage): Promise<void> {
  if (expected.result !== 'found') throw new Error('nothing was asked: only findings can be expected');
  const found = () => control.controller.findings('orders').filter(({ severity }) => severity !== 'notice');
  const codes = () => [...new Set(found().map(({ code }) => code))].toSorted();
  const wanted = expected.codes.toSorted();
  await until('the findings', { deadlineMs: FOUND_MS }, async () => codes().join() === wanted.join()).catch(
    () => undefined,
  );
  expect(
    codes(),
    found()
      .map(({ summary }) => summary)
      .join('; '),
  ).toEqual(wanted);
}
