/** What must be true after a hand-over: one writable server, and the same rows on all that follow it. */
import { expect } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { writableServers } from '../kit/aftermath.ts';
import { until } from '../kit/deadline.ts';
import { type Holding, holdingOf, sameHolding } from '../kit/survivors.ts';
import { lookAt } from './look.ts';
import type { Apart, Expectation, Name } from './scenario.ts';
import type { Stage } from './stage.ts';
import { proofId, TABLE } from './table.ts';

type HandedOver = Extract<Expectation, { result: 'ok' | 'partial' }>;

const EQUAL_MS = 15_000;

export interface Ending {
  readonly operation: Operation;
  readonly stage: Stage;
  /** The act's number: each writes a row of its own. */
  readonly index: number;
}

export async function checkHandedOver(
  expected: HandedOver,
  { operation, stage, index }: Ending,
): Promise<void> {
  const { primary, rows, follows = {}, apart = {}, loss, result } = expected;
  const told = JSON.stringify(operation.refusals ?? operation.outcome);
  expect(operation.status, told).toBe('succeeded');
  expect((operation.outcome?.flags ?? []).length > 0, told).toBe(result === 'partial');
  if (loss !== undefined) expect(operation.outcome?.loss?.verdict, told).toBe(loss);
  expect((await writableServers(stage.cluster)).map(({ name }) => name)).toEqual([primary]);
  stage.primary = primary;
  await stage.server(primary).query(`insert into ${TABLE} values (${proofId + index}, 1, 'proof')`);
  await expectNoStrays(stage);
  const followers = stage.running.filter((name) => name !== primary && apart[name] === undefined);
  await awaitEqual([primary, ...followers], rows, stage);
  for (const name of followers) {
    const { source } = await lookAt(stage.server(name));
    expect(stage.nameAt(source), `source of ${name}`).toBe(follows[name] ?? primary);
  }
  for (const name of stage.running) {
    const there = apart[name];
    if (there !== undefined) expect(await apartOf(name, stage), name).toEqual(there);
  }
}

export async function checkRejoined(
  { primary }: Extract<Expectation, { result: 'rejoined' }>,
  operation: Operation,
  server: Name,
  stage: Stage,
): Promise<void> {
  expect(operation.status, JSON.stringify(operation.refusals ?? operation.outcome)).toBe('succeeded');
  expect((await writableServers(stage.cluster)).map(({ name }) => name)).toEqual([primary]);
  const { rows } = await holdingOf(stage.server(primary), TABLE);
  await awaitEqual([primary, server], rows, stage);
  expect(stage.nameAt((await lookAt(stage.server(server))).source)).toBe(primary);
}

/** What users wrote to replicas must not become the primary's. */
async function expectNoStrays(stage: Stage): Promise<void> {
  const rows = await stage.server(stage.primary).query("show tables from app like 'stray%'");
  expect(rows.map((row) => Object.values(row)[0])).toEqual([]);
}

async function apartOf(name: Name, stage: Stage): Promise<Apart> {
  const { rows } = await holdingOf(stage.server(name), TABLE);
  const source = stage.nameAt((await lookAt(stage.server(name))).source);
  return { rows, ...(source === undefined ? {} : { source }) };
}

/** In number and in content. */
export async function awaitEqual(all: readonly Name[], rows: number, stage: Stage): Promise<void> {
  let last: readonly Holding[] = [];
  const equal = async (): Promise<boolean> => {
    last = await Promise.all(all.map((name) => holdingOf(stage.server(name), TABLE)));
    return sameHolding(last) && last[0]?.rows === rows;
  };
  await until('the servers to be equal', { deadlineMs: EQUAL_MS, everyMs: 25 }, equal).catch(() => undefined);
  expect(
    last.map(({ server, rows: held }) => ({ server, rows: held })),
    JSON.stringify(last),
  ).toEqual(all.map((server) => ({ server, rows })));
  expect(sameHolding(last), JSON.stringify(last)).toBe(true);
}
