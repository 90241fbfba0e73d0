/** What the verbs of a failover do. No decisions on failure here, and no journal. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import { type LogWorth, worthOfLog } from '../../core/failover/log-worth.ts';
import { decideLoss, type LossFacts } from '../../core/failover/loss.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import { type Position, type PositionAlgebra, type PositionGap, position } from '../../core/positions.ts';
import { gatheredOf, unionOf } from './gathered.ts';
import { level } from './perform-level.ts';
import { ruleOut } from './perform-rule-out.ts';
import { end, expectAllowed } from './put-down.ts';
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
  const ended = await end(server, { agent, agentMs: agentFenceMs, hooks }, run, call);
  if (ended.fence !== 'none') return ended;
  try {
    // A dead one is not waited for while nobody can write; one that is back is.
    const deadlineMs = run.plan.kind === 'fencing' ? call.deadlineMs : agent ? 100 : briefMs;
    await surroundings.link(server).makeReadOnly({ ...call, deadlineMs });
    return { fence: 'read-only' };
  } catch (thrown) {
    const reasons = [ended.note, expectAllowed(thrown, call).message];
    return { fence: 'none', note: reasons.filter(Boolean).join('; ') };
  }
}

/**
 * The other way than it was fenced. A server that somebody started in spite of the fence came up read-only, and one
 * whose controller died may have been made so: it is asked in any case, though it may not be there yet to answer.
 */
async function unfence({ server, start }: Of<'unfence'>, run: Run, call: Call): Promise<StepOutput> {
  const agent = run.surroundings.agent(server);
  const fenced = fenceOf(server, run);
  const { means, verb } = fenced ?? {};
  // Read-only it is to be, and nothing else was done to it.
  if (start === 'read-only' && means === 'read-only') return nothing;
  if (verb === 'rule-out' && start === 'as-before') await expectNoWriter(run.plan.from, run, call);
  // A fence whose answer did not come in time may hold all the same.
  if (agent)
    await agent.unfence({ start }, call).catch((thrown: unknown) => {
      if (means !== 'read-only') throw thrown;
    });
  if (start !== 'as-before' || !fenced || means === 'none') return nothing;
  const thawed = run.surroundings.link(server).thaw({ ...call, deadlineMs: briefMs });
  // One that was ruled out by its agent was started again.
  const isThere = means === 'read-only' || (verb === 'rule-out' && means === 'agent');
  await (isThere ? thawed : thawed.catch(() => undefined));
  return nothing;
}

/** Of two that may have been the primary, one takes writes at most, whatever there was before (DESIGN, law 1). */
async function expectNoWriter(server: Target, run: Run, call: Call): Promise<void> {
  const { clock, link } = run.surroundings;
  const brief = { ...call, deadlineMs: briefMs };
  const look = withDeadline(clock, brief, 'look', (signal) => link(server).probe({ ...brief, signal }));
  const seen = await look.catch(() => undefined);
  call.signal.throwIfAborted();
  if (seen?.writeMode === 'writable') throw new Fault('primary-alive', `${server.name} takes writes`);
}

interface Fence {
  readonly verb: 'fence' | 'rule-out';
  readonly means: StepOutput['fence'];
}

/** How this plan fenced the server or ruled it out; undefined where it has no such step. */
function fenceOf(server: Target, { plan, outputs }: Run): Fence | undefined {
  for (const { id, action } of plan.steps) {
    if ((action.verb === 'fence' || action.verb === 'rule-out') && action.server.id === server.id)
      return { verb: action.verb, means: outputs.get(id)?.fence };
  }
  return undefined;
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
      if (fenceOf(server, run)?.means !== 'agent') await agent.state({ ...call, deadlineMs: briefMs });
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
  const { theirs, ...others } = othersThatTookWrites(action, held, run);
  const log = await logState(action, run);
  const facts: LossFacts = {
    limits: action.limits,
    acknowledging: gatheredOf(action.limits.provenBy?.among ?? [], run).length,
    log,
    worth: log === 'read' ? await worthOf(action, run, call) : 'unknown',
    missing: lackOf([...(lastSeen === undefined ? [] : [lastSeen]), ...theirs], held, positions),
    ...others,
  };
  const decision = decideLoss(facts);
  if (decision.ok) return { loss: decision.loss, note: decision.loss.because };
  const { names } = decision.loss;
  const which = names === '' ? '' : ` (missing: ${names})`;
  throw new Fault('loss-not-accepted', `${decision.loss.because}${which}; needs ${decision.needs}`, {
    details: { loss: decision.loss },
  });
}

/** What is in any of them and in nothing that is held; no transaction counts twice. */
function lackOf(all: readonly Position[], held: Position | undefined, algebra: PositionAlgebra): PositionGap {
  if (held === undefined) return { count: 0, text: '' };
  const gaps: PositionGap[] = [];
  let counted = held;
  for (const each of all) {
    gaps.push(algebra.missing(each, counted));
    counted = algebra.union(counted, each);
  }
  const texts = gaps.map(({ text }) => text).filter((text) => text !== '');
  const unit = gaps.find((gap) => gap.unit !== undefined)?.unit;
  return {
    count: gaps.reduce((sum, { count }) => sum + count, 0),
    ...(unit === undefined ? {} : { unit }),
    text: texts.join(', '),
  };
}

interface OtherWriters extends Pick<LossFacts, 'unaccounted' | 'leftBehind'> {
  /** What those that are left behind have. */
  readonly theirs: readonly Position[];
}

/** Who may have been the primary for a moment, but those that were made read-only and have nothing of their own. */
function othersThatTookWrites({ limits }: Of<'assess'>, held: Position | undefined, run: Run): OtherWriters {
  const { positions } = run.surroundings.engine;
  const said = (limits.possible ?? []).map(({ server: { name }, ruledOut }) => {
    const [has] = ruledOut ? gatheredOf([ruledOut], run) : [];
    return { name, has: held === undefined ? undefined : has };
  });
  const left = said.flatMap(({ name, has }) =>
    has !== undefined && held !== undefined && positions.missing(has, held).count > 0 ? [{ name, has }] : [],
  );
  return {
    unaccounted: said.filter(({ has }) => has === undefined).map(({ name }) => name),
    leftBehind: left.map(({ name }) => name),
    theirs: left.map(({ has }) => has),
  };
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
