/** For tests: an operation that makes db3 anew as a copy, by agents, of which any part may fail. */
import { Fault, type FaultCode } from '../../../contract/errors.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Engine, ServerLink } from '../../../core/engine.ts';
import type { HostAgent, HostCopies, HostData } from '../../../core/host.ts';
import { serverId } from '../../../core/identity.ts';
import type { JournalEvent } from '../../../core/operation.ts';
import type { Action, Phase, Step } from '../../../core/plan.ts';
import type { RestoreMeans } from '../../../core/policy.ts';
import { position } from '../../../core/positions.ts';
import { Abandonment } from '../abandonment.ts';
import { Progress } from '../progress.ts';
import type { Execution } from '../run-steps.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });
export const db1 = server('db1');
const db3 = server('db3');

const step = (phase: Phase, id: string, action: Action, more: Partial<Step> = {}): Step => ({
  ...{ id, phase, action, title: id, after: [], deadlineMs: 60_000 },
  onFailure: phase === 'follow' || phase === 'prove' ? 'carry-forward' : 'roll-back',
  ...more,
});

const undo: Action = { verb: 'restore-replication', server: db3, channels: [] };
export const stop = step('compare', 'stop:db3', { verb: 'stop-replicating', server: db3 }, { undo });
export const compare = step('compare', 'compare:db3', { verb: 'compare', server: db3, primary: db1 });
export const restoreBy = (...means: readonly RestoreMeans[]): Step =>
  step('restore', 'restore:db3', {
    verb: 'restore',
    server: db3,
    primary: db1,
    saved: { step: 'save:db3' },
    means,
    donors: [db1],
  });
export const restore = restoreBy('clone');
export const follow = step('follow', 'follow:db3', {
  verb: 'follow',
  server: db3,
  source: db1,
  settings: { wasPrimary: false },
  catchUp: false,
});
export const settle = (keepOldData = false): Step =>
  step('prove', 'settle-copy:db3', { verb: 'settle-copy', server: db3, keepOldData });

export interface CopyStory {
  /** Who makes the copy; default: agents. */
  readonly by?: 'server' | 'agents';
  readonly steps?: readonly Step[];
  readonly link?: Partial<ServerLink>;
  readonly copies?: Partial<HostCopies>;
  readonly data?: Partial<HostData>;
  readonly journal?: readonly JournalEvent[];
  /** What db3 says that it has; default: what its copy holds. */
  readonly executed?: string;
  readonly errant?: Engine['errant'];
}

const saved = { transactions: 1, names: '0-3-1', after: '', upTo: '0-3-1', tables: [], file: 'surplus.sql' };

type Called = 'adopt' | 'restore-replication' | 'rewind' | 'settle' | 'take';

export interface CopiedServer {
  readonly execution: Execution;
  /** In their order. */
  readonly calls: readonly Called[];
}

/** What the copy holds. */
const held = '0-1-9';

type Note = (what: Called) => Promise<void>;
const done = () => Promise.resolve();

/** It replicates from db1 as soon as it is told to. */
function linkOf({ link, executed: had = held }: CopyStory, called: Note): Partial<ServerLink> {
  let executed = position(had);
  const channels: { source: object; receiver: string; applier: string }[] = [];
  return {
    ...{ makeReadOnly: done, retireSource: done, readyToClone: done },
    adopt: (all) => {
      executed = all;
      return called('adopt');
    },
    probe: () => Promise.resolve({ channels, executed } as never),
    copyState: () => Promise.resolve('none'),
    dataBytes: () => Promise.resolve(1),
    stopReplicating: () => Promise.resolve(position('')),
    rewind: () => called('rewind'),
    restoreReplication: () => called('restore-replication'),
    follow: ({ source }) => {
      channels.push({ source, receiver: 'running', applier: 'running' });
      return Promise.resolve({});
    },
    ...link,
  };
}

function agentOf({ copies, data }: CopyStory, called: Note): Partial<HostAgent> {
  return {
    unfence: done,
    state: refusing('agent-unreachable'),
    copies: {
      give: () => Promise.resolve(nothing()),
      take: async () => {
        await called('take');
        return { position: position(held), oldData: '/data.dauphin-old' };
      },
      ...copies,
    },
    data: {
      room: () => Promise.resolve({ free: 1e9, spare: 0 }),
      unproven: () => Promise.resolve({}),
      settle: async () => {
        await called('settle');
        return { folder: '', bytes: 0 };
      },
      ...data,
    },
  };
}

/** Time passes with pauses alone; a deadline's own timer is none. */
function pausesOnly(): Clock {
  let at = 0;
  return {
    now: () => at,
    monotonic: () => at,
    sleep: (ms, signal) => {
      if (ms > 1000) return new Promise((_, no) => signal?.addEventListener('abort', no));
      at += ms;
      return Promise.resolve();
    },
  };
}

/** db3 has one transaction of its own, which is saved. */
export function copiedServer(story: CopyStory = {}): CopiedServer {
  const { by = 'agents', steps = [stop, restore, follow], journal = [], errant = () => undefined } = story;
  const calls: Called[] = [];
  const called: Note = (what) => {
    calls.push(what);
    return Promise.resolve();
  };
  const [link, agent] = [linkOf(story, called), agentOf(story, called)];
  const progress = new Progress();
  progress.take({ event: 'step-done', step: 'save:db3', ms: 0, output: { saved } });
  for (const event of journal) progress.take(event);
  const execution = {
    operation: 'op-1',
    plan: { kind: 'repair', from: db3, to: db1, pointOfNoReturn: 'restore:db3', steps },
    ...{ progress, outputs: progress.outputs, journalComplete: true, carried: [] },
    journal: { note: done, write: done },
    stop: new AbortController().signal,
    abandonment: new Abandonment(),
    surroundings: {
      clock: pausesOnly(),
      assertAllowed: () => undefined,
      engine: {
        restores: { clone: by, copyable: () => undefined },
        positions: { missing: (all: string, had: string) => ({ count: all === had ? 0 : 1, text: all }) },
        errant,
      },
      link: () => link,
      agent: () => agent,
      account: { user: '', password: '' },
      shelf: { read: kept },
    },
  } as unknown as Execution;
  return { execution, calls };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* kept(): AsyncGenerator<string> {
  yield 'insert';
}

export const refusing = (code: FaultCode) => () => Promise.reject(new Fault(code, `it says ${code}`));
