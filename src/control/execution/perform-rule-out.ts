/** A server that an abandoned operation may have promoted takes no writes when this returns. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { ruleOutTimes } from '../../core/failover/possible-primaries.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Of, Run } from './run.ts';

/** One that does not answer by then is put down. */
const { answerMs, agentMs } = ruleOutTimes;

export async function ruleOut(
  { server, agent: byAgent, hooks }: Of<'rule-out'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const { surroundings, operation, plan } = run;
  const reasons: string[] = [];
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
    reasons.push(asFault(thrown).message);
  }
  const agent = byAgent ? surroundings.agent(server) : undefined;
  try {
    if (agent) {
      await agent.fence({ ...call, deadlineMs: agentMs });
      await agent.unfence({ start: 'read-only' }, { ...call, deadlineMs: agentMs }).catch(() => undefined);
      return { fence: 'agent' };
    }
  } catch (thrown) {
    reasons.push(asFault(thrown).message);
  }
  for (const hook of hooks) {
    try {
      await surroundings.runHook(hook, { operation, plan: { ...plan, from: server }, moment: 'fence' }, call);
      return { fence: 'hook', note: `${hook.command[0]} says that it is down` };
    } catch (thrown) {
      reasons.push(asFault(thrown).message);
    }
  }
  throw new Fault('primary-alive', `${server.name} may take writes: ${reasons.join('; ')}`);
}
