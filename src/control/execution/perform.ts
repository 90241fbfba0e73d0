/** One verb, one effect: what each action of a plan does. No decisions on failure here, and no journal. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { Lost } from '../../core/engine.ts';
import { sameAddress } from '../../core/identity.ts';
import type { Loss, StepOutput } from '../../core/operation.ts';
import type { Action, FollowSettings, PositionOf, Target, Verb } from '../../core/plan.ts';
import { type Position, position } from '../../core/positions.ts';
import { routeTraits } from '../../core/route.ts';
import { amount } from '../../core/wording.ts';
import { placeHandlers } from './perform-by-place.ts';
import { failoverHandlers } from './perform-failover.ts';
import { rejoinHandlers } from './perform-rejoin.ts';
import { repairHandlers } from './perform-repair.ts';
import { reshapeHandlers } from './perform-reshape.ts';
import { expectAllowed } from './put-down.ts';
import type { Of, Run } from './run.ts';

type Handlers = { readonly [V in Verb]: (action: Of<V>, run: Run, call: Call) => Promise<StepOutput> };

const nothing: StepOutput = {};

/** Catching up counts as keeping pace when it takes no longer than this. */
const paceMs = 15;
/** The share of the approach's time in which nothing longer is accepted. */
const patience = 0.3;
/** The share after which it is given up; the rest is for the last look. */
const exhaustion = 0.9;
/** The share of the reach's time that a replica may be behind and still be taken. */
const margin = 0.25;

function positionOf(reference: Position | PositionOf, run: Run): Position {
  if (typeof reference === 'string') return reference;
  const text = run.outputs.get(reference.step)?.position;
  if (text === undefined) throw new Fault('internal', `step ${reference.step} left no position`);
  return position(text);
}

/** Where the old primary stood when it was frozen; undefined before that. */
function frozenPosition(run: Run): string | undefined {
  const freeze = run.plan.steps.find((step) => step.action.verb === 'freeze');
  return freeze && run.outputs.get(freeze.id)?.position;
}

/** Throws when a server that was frozen has taken writes since, or when nobody knows where it was frozen. */
async function expectUnmoved(server: Target, reference: PositionOf, run: Run, call: Call): Promise<void> {
  const { surroundings } = run;
  const text = run.outputs.get(reference.step)?.position;
  if (text === undefined) {
    const unknown = `where ${server.name} stood when ${run.plan.to.name} took over is not known`;
    throw new Fault('verification-failed', `${unknown}: it may have transactions that were lost with that`);
  }
  const frozen = position(text);
  const now = await surroundings.link(server).position(call);
  const surplus = surroundings.engine.positions.missing(now, frozen);
  if (surplus.count === 0) return;
  throw new Fault(
    'verification-failed',
    `${server.name} took ${amount(surplus)} after it was frozen, which ${run.plan.to.name} does not have: ${surplus.text}`,
    { details: { surplus: surplus.text } },
  );
}

/**
 * Waits for position after position until the replica keeps pace with the writes that flow. A short distance is
 * waited for while there is time, since writers will wait about as long; then one that the reach surely covers
 * is taken.
 */
async function catchUp(action: Of<'catch-up'>, run: Run, call: Call): Promise<StepOutput> {
  const { link, clock } = run.surroundings;
  const began = clock.monotonic();
  const reach = run.plan.steps.find((step) => step.phase === 'reach')?.deadlineMs ?? paceMs;
  let last = 'it reached none of its positions';
  for (;;) {
    const spent = clock.monotonic() - began;
    if (spent > call.deadlineMs * exhaustion) {
      const pace = `${action.server.name} does not keep pace with the writes on ${action.source.name}`;
      throw new Fault('position-not-reached', `${pace}: ${last}`);
    }
    const now = await link(action.source).position(call);
    const asked = clock.monotonic();
    await link(action.server).awaitPosition(now, { ...call, deadlineMs: call.deadlineMs - spent });
    const ms = clock.monotonic() - asked;
    const enough = spent > call.deadlineMs * patience ? reach * margin : paceMs;
    if (ms <= enough) return { note: `keeps pace: ${ms.toFixed(1)} ms behind` };
    last = `the last time it was ${ms.toFixed(0)} ms behind, ${enough} ms are allowed`;
  }
}

/** It kept pace when it had caught up: how far it is behind at this moment is how long writers will wait for it. */
async function keepPace(
  source: Target,
  { server, withinMs }: NonNullable<Of<'freeze'>['once']>,
  run: Run,
  call: Call,
): Promise<void> {
  const { link, clock } = run.surroundings;
  const left = countdown(clock, { ...call, deadlineMs: withinMs });
  try {
    for (let behindMs = Infinity; behindMs > paceMs && left().deadlineMs > paceMs; ) {
      const now = await link(source).position(left());
      const asked = clock.monotonic();
      await link(server).awaitPosition(now, left());
      behindMs = clock.monotonic() - asked;
    }
  } catch (thrown) {
    // Whether it gets there is for the reach to find out.
    expectAllowed(thrown, call);
  }
}

/** What an earlier try of the same step did: then its position is the new primary's, and moves. */
async function alreadyUnder(source: Target, server: Target, run: Run, call: Call): Promise<boolean> {
  const { channels } = await run.surroundings.link(server).probe(call);
  return channels.some((channel) => sameAddress(channel.source, source.address));
}

async function handOver(action: Of<'hand-over'>, run: Run, call: Call): Promise<StepOutput> {
  const { how, lost } = await run.surroundings.handOver(action, call);
  const { mode, fromIsDead, from, server } = action;
  if (mode === 'default' || fromIsDead) return { note: how };
  return { note: how, loss: lossOf(lost, from.name, server.name) };
}

function lossOf(lost: Lost | undefined, old: string, made: string): Loss {
  const nothing = { transactions: 0, unit: 'bytes', names: '' } as const;
  if (!lost) {
    const because = `what ${old} took before it heard of ${made} could not be read`;
    return { verdict: 'possible', ...nothing, because };
  }
  const { bytes, atLeast } = lost;
  const unseen = atLeast
    ? `what ${old} took in the last moment before it heard of ${made} could not be read`
    : '';
  if (bytes === 0) {
    const because = atLeast ? unseen : `${old} had nothing that ${made} lacks`;
    return { verdict: atLeast ? 'possible' : 'none', ...nothing, because };
  }
  const many = amount({ count: bytes, unit: 'bytes' });
  const more = atLeast ? ` at least; ${unseen}` : '';
  const because = `${many} that ${old} took before it heard of ${made} are lost${more}`;
  return { verdict: 'known', ...nothing, transactions: bytes, because };
}

async function follow(action: Of<'follow'>, run: Run, call: Call): Promise<StepOutput> {
  const { link } = run.surroundings;
  // It may have restarted since it was frozen, and be writable by its configuration.
  if (action.settings.wasPrimary) await link(action.server).makeReadOnly(call);
  const again = await alreadyUnder(action.source, action.server, run, call);
  if (action.expect && !again) await expectUnmoved(action.server, action.expect, run, call);
  if (action.catchUp && !again) {
    const applied = await link(action.server).stopReplicating(call);
    await link(action.source).awaitPosition(applied, call);
  }
  const settings = await settingsNow(action, run, call);
  const { how } = await link(action.server).follow({ source: action.source.address, settings }, call);
  return how === undefined ? nothing : { note: how };
}

/** A server that was made anew from another has forgotten how it replicated. */
async function settingsNow(
  { server, settings, anew }: Of<'follow'>,
  run: Run,
  call: Call,
): Promise<FollowSettings> {
  if (!anew) return settings;
  const link = run.surroundings.link(server);
  const { channels } = await link.probe(call);
  if (channels.length > 0) return settings;
  await link.makeReadOnly(call);
  return anew;
}

async function prove(action: Of<'prove'>, run: Run, call: Call): Promise<StepOutput> {
  const { link, clock } = run.surroundings;
  const { plan, operation } = run;
  const row = {
    operation,
    from: plan.from.name,
    to: plan.to.name,
    position: frozenPosition(run) ?? '',
    at: clock.now(),
  };
  const written = await link(action.server).writeHandOver(row, call);
  const looks = action.seenBy.map(async (server) => {
    await link(server).awaitPosition(written, { ...call, deadlineMs: Math.max(call.deadlineMs - 200, 1) });
    if (!(await link(server).seesHandOver(operation, call))) throw new Error('the row is not there');
  });
  const results = await Promise.allSettled(looks);
  const blind = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${action.seenBy[index]?.name}: ${asFault(result.reason).message}`] : [],
  );
  if (blind.length > 0) {
    throw new Fault('verification-failed', `the hand-over row is not seen everywhere: ${blind.join('; ')}`);
  }
  return { position: written };
}

const handlers: Handlers = {
  ...failoverHandlers,
  ...placeHandlers,
  ...rejoinHandlers,
  ...repairHandlers,
  ...reshapeHandlers,
  verify: async (_action, run, call) => {
    const refusals = await run.surroundings.verify(run.plan, call);
    const first = refusals[0];
    if (first) throw new Fault('verification-failed', first.fact, { details: { refusals } });
    return nothing;
  },
  prepare: async (action, run, call) => {
    const { link } = run.surroundings;
    // Nothing has been changed yet, and a connection that is reset once need not end a switchover.
    const options = action.noFreeze ? { noFreeze: true } : {};
    const open = (server: Target): Promise<void> => link(server).prepare(call, options);
    await Promise.all(
      action.servers.map((server) =>
        open(server).catch((thrown: unknown) => {
          if (!asFault(thrown).retryable) throw thrown;
          return open(server);
        }),
      ),
    );
    return nothing;
  },
  'run-hook': async (action, run, call) => {
    const { operation, plan } = run;
    const frozen = frozenPosition(run);
    const occasion = {
      operation,
      plan,
      moment: action.moment,
      ...(frozen === undefined ? {} : { position: frozen }),
    };
    await run.surroundings.runHook(action.hook, occasion, call);
    return nothing;
  },
  follow,
  'catch-up': catchUp,
  'hold-route': async (action, run, call) => {
    if (routeTraits(action.route).canHold) await run.surroundings.route(action.route).hold(call);
    return nothing;
  },
  'release-route': async (action, run, call) => {
    await run.surroundings.route(action.route).release(action.to.address, call);
    return nothing;
  },
  drain: async (action, run, call) => {
    const { found, ended } = await run.surroundings.link(action.server).drain(action, call);
    return { endedSessions: ended, note: `${found} open` };
  },
  freeze: async ({ server, once }, run, call) => {
    const left = countdown(run.surroundings.clock, call);
    if (once) await keepPace(server, once, run, call);
    return { position: await run.surroundings.link(server).freeze(left()) };
  },
  thaw: async (action, run, call) => {
    await run.surroundings.link(action.server).thaw(call);
    return nothing;
  },
  demote: async ({ server, under }, run, call) => {
    const { link, clock } = run.surroundings;
    const left = countdown(clock, call);
    const at = await link(server).demote?.(under.address, left());
    if (at === undefined) throw new Fault('internal', `${server.name} cannot be demoted while it is frozen`);
    await link(under).awaitPosition(at, left());
    return { position: at };
  },
  'await-position': async (action, run, call) => {
    await run.surroundings.link(action.server).awaitPosition(positionOf(action.position, run), call);
    return nothing;
  },
  promote: async (action, run, call) => {
    // News of a connection that has ended may be waiting: a promotion that is never sent can be taken back, one
    // that is sent to a dead server cannot.
    await run.surroundings.clock.sleep(0, call.signal);
    if (action.position && !run.surroundings.link(action.from).holdsFreeze()) {
      const fact = `${action.from.name} may not be frozen any more: the connection that froze it is gone`;
      throw new Fault('verification-failed', fact, { details: { sent: false } });
    }
    const { semiSync, server, from } = action;
    const link = run.surroundings.link(server);
    const { withoutSemiSync } = await link.promote(semiSync ? { semiSync } : {}, call);
    if (withoutSemiSync === undefined) return nothing;
    return {
      note: 'without semi-synchronous replication',
      unmet: {
        problem: { code: 'statement-failed', message: `it may not wait for replicas: ${withoutSemiSync}` },
        repair: `load the source's side of semi-synchronous replication on ${server.name} and turn it on, as it was on ${from.name}`,
      },
    };
  },
  'hand-over': handOver,
  'end-writers': async (action, run, call) => {
    const ended = await run.surroundings.link(action.server).endWriters(call);
    if (action.position) await expectUnmoved(action.server, action.position, run, call);
    return { endedSessions: ended };
  },
  'retire-source': async (action, run, call) => {
    await run.surroundings.link(action.server).retireSource(call);
    return nothing;
  },
  prove,
};

export function perform(action: Action, run: Run, call: Call): Promise<StepOutput> {
  const handler = handlers[action.verb] as (action: Action, run: Run, call: Call) => Promise<StepOutput>;
  return handler(action, run, call);
}
