/** What the verbs of a failover do. No decisions on failure here, and no journal. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { type LogWorth, worthOfLog } from '../../core/failover/log-worth.ts';
import { decideLoss, type LossFacts } from '../../core/failover/loss.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { PossibleWriter } from '../../core/plan.ts';
import { type Position, position } from '../../core/positions.ts';
import { gatheredOf, unionOf } from './gathered.ts';
import { level } from './perform-level.ts';
import { ruleOut } from './perform-rule-out.ts';
import type { Of, Run } from './run.ts';

const nothing: StepOutput = {};

/** An agent that does not answer at once may be busy; one that refuses or is not there is told so at once. */
const agentPauseMs = 100;
/** An agent that is there ends its server within this; it says how its host is within 500 ms of a stuck disk. */
const agentFenceMs = 700;
/** Of a host that is silent: how long it is tried when nothing demands its log. */
const briefMs = 500;

async function confirm({ server }: Of<'confirm'>, run: Run, call: Call): Promise<StepOutput> {
  const { verdict, because, testimonies } = await run.surroundings.judge(server, call);
  if (verdict === 'dead') return { note: because };
  const words = verdict === 'alive' ? 'is alive' : 'may be alive';
  throw new Fault('primary-alive', `${server.name} ${words}: ${because}`, { details: { testimonies } });
}

/** The strongest means that answers; that none does is an outcome and no failure. */
async function fence(
  { server, agent: byAgent, hooks }: Of<'fence'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const { surroundings } = run;
  const agent = byAgent ? surroundings.agent(server) : undefined;
  const reasons: string[] = [];
  if (agent) {
    try {
      const { how } = await agent.fence({ ...call, deadlineMs: agentFenceMs });
      return { fence: 'agent', note: how === 'killed' ? 'it was ended' : 'it was gone already' };
    } catch (thrown) {
      reasons.push(asFault(thrown).message);
    }
  }
  for (const hook of hooks) {
    try {
      const { operation, plan } = run;
      await surroundings.runHook(hook, { operation, plan, moment: 'fence' }, call);
      return { fence: 'hook', note: `${hook.command[0]} says that it is down` };
    } catch (thrown) {
      reasons.push(asFault(thrown).message);
    }
  }
  try {
    // A dead one is not waited for while nobody can write; one that is back is.
    const deadlineMs = run.plan.kind === 'fencing' ? call.deadlineMs : agent ? 100 : briefMs;
    await surroundings.link(server).makeReadOnly({ ...call, deadlineMs });
    return { fence: 'read-only' };
  } catch (thrown) {
    reasons.push(asFault(thrown).message);
  }
  return { fence: 'none', note: reasons.join('; ') };
}

/**
 * The other way than it was fenced. A server that somebody started in spite of the fence came up read-only, and one
 * whose controller died may have been made so: it is asked in any case, though it may not be there yet to answer.
 */
async function unfence({ server, start }: Of<'unfence'>, run: Run, call: Call): Promise<StepOutput> {
  const agent = run.surroundings.agent(server);
  const means = fencedBy(run);
  // A fence whose answer did not come in time may hold all the same.
  if (agent)
    await agent.unfence({ start }, call).catch((thrown: unknown) => {
      if (means !== 'read-only') throw thrown;
    });
  if (start !== 'as-before' || means === 'none') return nothing;
  const thawed = run.surroundings.link(server).thaw({ ...call, deadlineMs: briefMs });
  await (means === 'read-only' ? thawed : thawed.catch(() => undefined));
  return nothing;
}

function fencedBy({ plan, outputs }: Run): StepOutput['fence'] {
  const step = plan.steps.find(({ action }) => action.verb === 'fence');
  return step && outputs.get(step.id)?.fence;
}

async function gather({ server }: Of<'gather'>, run: Run, call: Call): Promise<StepOutput> {
  return { position: await run.surroundings.link(server).stopReceiving(call) };
}

async function restoreReplication(
  { server, channels }: Of<'restore-replication'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  await run.surroundings.link(server).restoreReplication(channels, call);
  return nothing;
}

async function salvage({ server, survivors }: Of<'salvage'>, run: Run, call: Call): Promise<StepOutput> {
  const { agent: agentOf, clock, engine, shelf } = run.surroundings;
  const after = unionOf(gatheredOf(survivors, run), engine.positions);
  const agent = agentOf(server);
  if (after === undefined || !agent) {
    throw new Fault('salvage-impossible', `there is no agent on ${server.name}'s host`);
  }
  const began = clock.monotonic();
  for (;;) {
    const spent = clock.monotonic() - began;
    try {
      // One that did not fence may not answer at all, and then nothing is gained by a long wait for its answer.
      if (fencedBy(run) !== 'agent') await agent.state({ ...call, deadlineMs: briefMs });
      const tail = await agent.readTail({ after }, { ...call, deadlineMs: call.deadlineMs - spent });
      const { transactions, names, truncated, upTo } = tail;
      const file =
        transactions === 0
          ? ''
          : await shelf.keep(`${run.operation}-${server.name}.sql`, tail.statements, call);
      return {
        position: upTo,
        tail: { transactions, names, truncated, file },
        note: transactions === 0 ? 'nothing more in it' : `${transactions} transactions that it lacks`,
      };
    } catch (thrown) {
      const fault = asFault(thrown);
      const left = call.deadlineMs - (clock.monotonic() - began);
      if (!silent(fault) || left < agentPauseMs * 2 || !worthWaiting(run, spent)) throw fault;
      await clock.sleep(agentPauseMs, call.signal);
    }
  }
}

const silent = ({ code }: Fault): boolean => code === 'agent-unreachable' || code === 'deadline-exceeded';

/** A silent host is only waited for where its log would change what may be done. */
function worthWaiting(run: Run, spentMs: number): boolean {
  const assess = run.plan.steps.find(({ action }) => action.verb === 'assess')?.action;
  if (assess?.verb !== 'assess') return false;
  const { limits } = assess;
  if (limits.accepted || limits.durability === 'available') return spentMs < briefMs;
  return (
    limits.provenBy === undefined || gatheredOf(limits.provenBy.among, run).length < limits.provenBy.survivors
  );
}

async function assess(action: Of<'assess'>, run: Run, call: Call): Promise<StepOutput> {
  const { positions } = run.surroundings.engine;
  const gathered = gatheredOf(action.survivors, run);
  const tail = action.tail && run.outputs.get(action.tail.step);
  const held = unionOf([...gathered, ...(tail?.position ? [position(tail.position)] : [])], positions);
  const { lastSeen } = action.limits;
  const log = await logState(action, run);
  const facts: LossFacts = {
    limits: action.limits,
    acknowledging: gatheredOf(action.limits.provenBy?.among ?? [], run).length,
    log,
    worth: log === 'read' ? await worthOf(action, run, call) : 'unknown',
    missing: lastSeen && held ? positions.missing(lastSeen, held) : { count: 0, text: '' },
    unaccounted: unaccountedFor(action, held, run),
  };
  const decision = decideLoss(facts);
  if (decision.ok) return { loss: decision.loss, note: decision.loss.because };
  const { names } = decision.loss;
  const which = names === '' ? '' : ` (missing: ${names})`;
  throw new Fault('loss-not-accepted', `${decision.loss.because}${which}; needs ${decision.needs}`, {
    details: { loss: decision.loss },
  });
}

/** Who may have been the primary for a moment, but those that were made read-only and have nothing of their own. */
function unaccountedFor({ limits }: Of<'assess'>, held: Position | undefined, run: Run): readonly string[] {
  const { positions } = run.surroundings.engine;
  const accounted = ({ ruledOut }: PossibleWriter): boolean => {
    const has = ruledOut && run.outputs.get(ruledOut.step)?.position;
    return has !== undefined && held !== undefined && positions.missing(position(has), held).count === 0;
  };
  return (limits.possible ?? []).filter((each) => !accounted(each)).map(({ server }) => server.name);
}

/** Its host is only asked where it matters: writers wait. */
async function worthOf({ server, limits }: Of<'assess'>, run: Run, call: Call): Promise<LogWorth> {
  const { agent: agentOf, clock } = run.surroundings;
  if (limits.commits?.durable) return worthOfLog(limits, undefined);
  const state = await agentOf(server)
    ?.state({ ...call, deadlineMs: agentFenceMs })
    .catch(() => undefined);
  call.signal.throwIfAborted();
  return worthOfLog(limits, state && clock.now() - state.upMs);
}

async function logState({ tail, server }: Of<'assess'>, run: Run): Promise<LossFacts['log']> {
  if (!tail) return 'none-there';
  if (run.outputs.get(tail.step)?.tail) return 'read';
  const agent = run.surroundings.agent(server);
  if (!agent) return 'none-there';
  const call = { signal: new AbortController().signal, deadlineMs: briefMs };
  return agent.state(call).then(
    () => 'unreadable',
    () => 'host-silent',
  );
}

export const failoverHandlers = {
  confirm,
  fence,
  unfence,
  gather,
  'restore-replication': restoreReplication,
  salvage,
  assess,
  level,
  'rule-out': ruleOut,
};
