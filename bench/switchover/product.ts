/** One switchover by the controller, asked over its API. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from '../../src/cli/api-client.ts';
import { journalSchema } from '../../src/contract/answer-schema.ts';
import { operationSchema } from '../../src/contract/operation-schema.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { ControllerProcess } from '../../test/kit/controller-process.ts';
import { until } from '../../test/kit/deadline.ts';
import { phaseTimes } from '../phase-times.ts';
import type { HandedOver, HandOver } from './rounds.ts';
import { CLUSTER } from './stage.ts';

const END_MS = 60_000;
/** Seldom, so that asking does not cost the controller what is measured. */
const LOOK_EVERY_MS = 250;

export function byController({ client }: ControllerProcess, signal: AbortSignal): HandOver {
  const ended = (id: string): Promise<Operation> =>
    until(`operation ${id} to end`, { deadlineMs: END_MS, everyMs: LOOK_EVERY_MS }, async () => {
      signal.throwIfAborted();
      const operation = await client.get(`/v1/operations/${id}`, operationSchema);
      return operation.status === 'running' ? undefined : operation;
    });

  return async (_from, to): Promise<HandedOver> => {
    try {
      const asked = { to: to.name, requestedBy: 'bench' };
      const { id } = await client.post(`/v1/clusters/${CLUSTER}/switchover`, asked, operationSchema);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
      const { plan, status, outcome } = await ended(id);
      const { journal } = await client.get(`/v1/operations/${id}/journal`, journalSchema);
      const phases = plan === undefined ? {} : phaseTimes(plan, journal);
      if (status === 'succeeded') return { phases };
      return { phases, failure: `${status}: ${outcome?.summary ?? 'no reason given'}` };
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const facts = thrown.body.error.refusals?.map(({ fact }) => fact) ?? [];
      return { phases: {}, failure: `refused: ${facts.join('; ')}` };
    }
  };
}
