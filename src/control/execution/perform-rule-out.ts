/** A server that an abandoned operation may have promoted takes no writes when this returns. */

import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { ruleOutTimes } from '../../core/failover/possible-primaries.ts';
import type { StepOutput } from '../../core/operation.ts';
import { expectAllowed, putDown } from './put-down.ts';
import type { Of, Run } from './run.ts';

/** One that does not answer by then is put down. */
const { answerMs, agentMs } = ruleOutTimes;

export async function ruleOut(
  { server, agent: byAgent, hooks }: Of<'rule-out'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const { surroundings } = run;
  let silence: string;
  const brief = { ...call, deadlineMs: answerMs };
  try {
    // What was sent to promote it may still be under way there.
    await surroundings.link(server).takeOver(brief);
    await surroundings.link(server).makeReadOnly(brief);
    // From here on nothing is added to it.
    const has = await surroundings
      .link(server)
      .position(brief)
      .catch(() => undefined);
    call.signal.throwIfAborted();
    return { fence: 'read-only', ...(has === undefined ? {} : { position: has }) };
  } catch (thrown) {
    silence = expectAllowed(thrown, call).message;
  }
  const agent = byAgent ? surroundings.agent(server) : undefined;
  const output = await putDown(server, { agent, agentMs, hooks }, run, call);
  if (output.fence !== 'none') return output;
  const reasons = [silence, output.note].filter(Boolean).join('; ');
  throw new Fault('primary-alive', `${server.name} may take writes: ${reasons}`);
}
