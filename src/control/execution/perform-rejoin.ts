/** What the verbs of a rejoin do until the server may follow: compare, save, restore. */

import { asFault, Fault, type FaultCode } from '../../contract/errors.ts';
import { isHalfDone, pastReturn, untouched } from '../../contract/half-done.ts';
import type { Call } from '../../core/clock.ts';
import { judgeSurplus } from '../../core/failover/surplus-loss.ts';
import type { SavedSurplus, StepOutput } from '../../core/operation.ts';
import type { RestoreMeans } from '../../core/policy.ts';
import { position } from '../../core/positions.ts';
import { amount, counted } from '../../core/wording.ts';
import { awaitAnswer } from './await-answer.ts';
import { adoptCopy, awaitSettled, copyAnother, soon } from './copy-server.ts';
import { leftCopy } from './left-copy.ts';
import type { Of, Run } from './run.ts';

/**
 * Only histories told by origin can be compared: after a failover the new primary's position goes on counting, and
 * in MariaDB's notation stands above what the old one had alone. The former primary is looked at first, so that
 * nothing which came from the primary meanwhile is taken for its own.
 */
async function compare(action: Of<'compare'>, run: Run, call: Call): Promise<StepOutput> {
  const { server, primary } = action;
  const { link, engine } = run.surroundings;
  await awaitAnswer(server, run, call);
  await link(server).makeReadOnly(call);
  const own = await link(server).probe(call);
  const theirs = await link(primary).probe(call);
  const surplus = engine.errant(own, theirs);
  if (!surplus || (surplus.count === 0 && surplus.text === '')) {
    const left = await leftCopy(action, run, call);
    const note =
      left !== undefined
        ? 'it holds a copy that was not completed'
        : engine.restores.byFollowing && engine.common(own, theirs) === undefined
          ? 'its history has begun anew with its start: what it alone had before that cannot be told'
          : 'it has nothing of its own';
    return { position: own.executed, note };
  }
  if (engine.restores.byFollowing) {
    const { count: transactions, unit, text: names } = surplus;
    const judged = { transactions, names, ...(unit === undefined ? {} : { unit }) };
    const loss = judgeSurplus({
      surplus: judged,
      ...(action.replacement === undefined ? {} : { replacement: action.replacement }),
    });
    return { position: own.executed, loss, note: `it alone has ${amount(surplus)}: ${names}` };
  }
  const common = engine.common(own, theirs);
  if (common === undefined) {
    const fact = `${server.name} has ${surplus.text}, and where it parted from ${primary.name} cannot be told`;
    throw new Fault('verification-failed', fact, { details: { surplus } });
  }
  return {
    position: common,
    surplus: { transactions: surplus.count, names: surplus.text },
    note: `it alone has ${surplus.text}`,
  };
}

/** The log itself is counted: MariaDB's server only tells the newest transaction of each origin. */
async function save(action: Of<'save'>, run: Run, call: Call): Promise<StepOutput> {
  const { server, primary, surplus, replacement } = action;
  const compared = run.outputs.get(surplus.step);
  if (!compared?.surplus || compared.position === undefined) return { note: 'there is nothing to save' };
  const agent = run.surroundings.agent(server);
  if (!agent) {
    const fact = `${server.name} alone has ${compared.surplus.names}, and no agent on its host can save it`;
    throw new Fault('salvage-impossible', fact);
  }
  const after = position(compared.position);
  const { statements, ...found } = await agent.readSurplus({ after, form: 'readable' }, call);
  if (found.transactions === 0) {
    const fact = `${server.name} says that it alone has ${compared.surplus.names}, and its log does not show it`;
    throw new Fault('verification-failed', fact);
  }
  const { transactions, names, upTo, tables, irreversible } = found;
  const head = `# ${counted(transactions, 'transaction')} that ${server.name} had and ${primary.name} lacked: ${names}\n`;
  const name = `${run.operation}-${server.name}-surplus.sql`;
  const file = await run.surroundings.shelf.keep(name, headed(head, statements), call);
  const saved: SavedSurplus = {
    ...{ transactions, names, after, upTo, tables, file },
    ...(irreversible === undefined ? {} : { irreversible }),
  };
  const loss = judgeSurplus({
    surplus: { transactions, names },
    ...(found.newestAt === undefined ? {} : { newestAt: found.newestAt }),
    ...(replacement === undefined ? {} : { replacement }),
  });
  return { position: upTo, saved, loss, note: `${counted(transactions, 'transaction')} saved in ${file}` };
}

async function* headed(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield head;
  yield* rest;
}

/** With these, unless it is half done, a means has changed nothing, and another may still do. */
const triesAnother: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'verification-failed',
  'salvage-impossible',
  'statement-failed',
  'bad-request',
]);

/**
 * A fault says that its data is untouched only where that is sure. A copy replaces whatever another means has left
 * behind; nothing may follow a copy that was begun.
 */
async function restore(action: Of<'restore'>, run: Run, call: Call): Promise<StepOutput> {
  const { server, primary, means } = action;
  const saved = run.outputs.get(action.saved.step)?.saved;
  const state = await awaitSettled(server, run, call);
  await awaitAnswer(server, run, soon(call));
  let touched = state === 'broken';
  const judged = (thrown: unknown): Fault => (touched ? asFault(thrown) : untouched(thrown));
  const left = await leftCopy(action, run, soon(call)).catch((thrown: unknown) => {
    throw judged(thrown);
  });
  if (left && left.because === undefined) {
    await pastReturn(() => adoptCopy(server, left.held, run, call));
    return { note: 'the copy that an earlier try has left is completed' };
  }
  touched ||= left !== undefined;
  if (!saved && !touched) return { note: 'there is nothing to take back' };
  if (saved)
    await expectNothingNew(action, saved, run, soon(call)).catch((thrown: unknown) => {
      throw judged(thrown);
    });
  const reasons: string[] = left?.because === undefined ? [] : [left.because];
  // What another means would reverse is not what it holds any more.
  const usable = left === undefined ? means : means.filter((each) => each === 'clone');
  for (const each of usable) {
    try {
      const how = await restoreBy[each](action, saved, run, call);
      await pastReturn(() => expectNothingOwn(action, run, soon(call)));
      return { note: [...reasons, `by ${each}: ${how}`].join('; ') };
    } catch (thrown) {
      const fault = asFault(thrown);
      const begun = isHalfDone(fault);
      if (!triesAnother.has(fault.code) || (begun && each === 'clone')) throw fault;
      touched ||= begun;
      reasons.push(`not by ${each}: ${fault.message}`);
    }
  }
  const what = saved
    ? `${server.name} has ${counted(saved.transactions, 'transaction')} that ${primary.name} lacks: ${saved.names}; they are saved in ${saved.file}`
    : `${server.name} holds a copy that was not completed`;
  const why =
    reasons.length === 0 ? 'failover.restore allows nothing that this engine can do' : reasons.join('; ');
  throw judged(new Fault('verification-failed', `${what}; ${why}`));
}

type RestoreBy = (
  action: Of<'restore'>,
  saved: SavedSurplus | undefined,
  run: Run,
  call: Call,
) => Promise<string>;

const restoreBy: Readonly<Record<RestoreMeans, RestoreBy>> = {
  flashback: async ({ server }, saved, run, call) => {
    const { link, agent: agentOf } = run.surroundings;
    const agent = agentOf(server);
    if (!saved || !agent) throw new Fault('salvage-impossible', 'nobody tells what is to be taken back');
    if (saved.irreversible !== undefined) throw new Fault('verification-failed', saved.irreversible);
    const after = position(saved.after);
    const request = {
      id: run.operation,
      to: after,
      tables: saved.tables,
      statements: async (inner: Call) =>
        (await agent.readSurplus({ after, form: 'reversed' }, inner)).statements,
    };
    await link(server).rewind(request, call);
    return `the changes of ${counted(saved.transactions, 'transaction')} are reversed`;
  },
  clone: ({ server, donors }, saved, run, call) =>
    copyAnother({ server, donors, ...(saved === undefined ? {} : { saved }) }, run, call),
};

/**
 * Somebody may have started it anew, writable: what was written then is in no file. One that has nothing of its own was
 * restored already by whoever ran this before.
 */
async function expectNothingNew(
  { server, primary }: Of<'restore'>,
  saved: SavedSurplus,
  run: Run,
  call: Call,
): Promise<void> {
  const { link, engine } = run.surroundings;
  await link(server).makeReadOnly(call);
  const own = await link(server).probe(call);
  if (engine.errant(own, await link(primary).probe(call)) === undefined) return;
  const more = engine.positions.missing(own.executed, position(saved.upTo));
  if (more.count === 0) return;
  throw new Fault('verification-failed', `${server.name} took writes after its own were saved: ${more.text}`);
}

async function expectNothingOwn({ server, primary }: Of<'restore'>, run: Run, call: Call): Promise<void> {
  const { link, engine } = run.surroundings;
  const own = await link(server).probe(call);
  const surplus = engine.errant(own, await link(primary).probe(call));
  if (!surplus || (surplus.count === 0 && surplus.text === '')) return;
  throw new Fault('verification-failed', `${server.name} still has ${surplus.text}`);
}

export const rejoinHandlers = { compare, save, restore };
