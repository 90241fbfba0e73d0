/** One Redis or Valkey server outside of Redis Cluster, as the control plane sees it. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext, ServerLink } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import { infoNumber, parseInfo } from '../resp/info.ts';
import { RespSession } from '../resp/resp-session.ts';
import { RespSessions } from '../resp/resp-sessions.ts';
import { Following } from './following.ts';
import { HandOver, infoText } from './hand-over.ts';
import { HandOverKey } from './hand-over-key.ts';
import { lookCommands, readLook } from './look.ts';

export function redisLink(address: Address, context: EngineContext): ServerLink {
  const { clock, admin: credentials } = context;
  const sessions = new RespSessions(
    address,
    (name) => (call) => RespSession.open(address, { clock, credentials, name }, call),
  );
  const handOver = new HandOver(sessions, context);
  const following = new Following(sessions, context);
  const journal = new HandOverKey(sessions, context.schema);
  return {
    address,
    probe: (call) => look(sessions, context, call),
    pulse: async (call) => {
      await sessions.send('pulse', 'pulse', [['PING']], call);
    },
    // One thread serves and logs: where its log waits for a disk, so does its pulse.
    flush: async () => undefined,
    onLost: (listener) => sessions.onLost(listener),
    ...handing(handOver),
    rest: async () => sessions.close('work'),
    position: (call) => following.position(call),
    awaitPosition: (wanted, call) => following.awaitPosition(wanted, call),
    ...receiving(following),
    follow: async (request, call) => {
      const followed = await following.follow(request, call);
      await handOver.liftFence(call);
      const unkept = await handOver.keepRole(call);
      return unkept === undefined
        ? followed
        : { how: `${followed.how}; not after a restart: ${unkept.message}` };
    },
    restoreReplication: async (channels, call) => {
      await handOver.takeOver(call);
      await following.restore(channels, call);
    },
    ...impossible,
    dataBytes: async (call) => {
      const [memory] = await sessions.send('work', 'measure the data', [['INFO', 'memory']], call);
      return infoNumber(parseInfo(infoText(memory)), 'used_memory') ?? 0;
    },
    writeHandOver: async (row, call) => {
      await journal.write(row, call);
      return following.position(call);
    },
    seesHandOver: (operation, call) => journal.sees(operation, call),
    close: async () => sessions.closeAll(),
  };
}

type Handing = Pick<
  ServerLink,
  | 'prepare'
  | 'drain'
  | 'freeze'
  | 'demote'
  | 'holdsFreeze'
  | 'takeOver'
  | 'thaw'
  | 'promote'
  | 'endWriters'
  | 'retireSource'
  | 'makeReadOnly'
>;

function handing(handOver: HandOver): Handing {
  return {
    prepare: (call) => handOver.prepare(call),
    drain: async () => ({ found: 0, ended: 0 }),
    freeze: (call) => handOver.freeze(call),
    demote: (under, call) => handOver.demote(under, call),
    holdsFreeze: () => handOver.holdsFreeze(),
    takeOver: (call) => handOver.takeOver(call),
    thaw: (call) => handOver.thaw(call),
    promote: async (_request, call) => {
      await handOver.promote(call);
      return {};
    },
    endWriters: (call) => handOver.endWriters(call),
    retireSource: (call) => handOver.retireSource(call),
    makeReadOnly: (call) => handOver.makeReadOnly(call),
  };
}

type Receiving = Pick<ServerLink, 'stopReceiving' | 'startReceiving' | 'renewReceiver' | 'stopReplicating'>;

/**
 * The stream cannot be stopped without giving up its name. It needs not be: what comes is what its source has, and a
 * server that is put under another one goes on from there.
 */
function receiving(following: Following): Receiving {
  return {
    stopReceiving: (call) => following.position(call),
    startReceiving: async () => undefined,
    renewReceiver: (_channel, call) => following.renew(call),
    stopReplicating: (call) => following.position(call),
  };
}

type Impossible = Pick<
  ServerLink,
  'applyLog' | 'rewind' | 'adopt' | 'cloneFrom' | 'readyToClone' | 'copyState' | 'commitEmpty'
>;

const cannot = (what: string) => (): Promise<never> =>
  Promise.reject(new Fault('bad-request', `Redis cannot ${what}`));

const impossible: Impossible = {
  applyLog: cannot('apply a log'),
  rewind: cannot('take changes back'),
  adopt: cannot('be given a history'),
  cloneFrom: cannot('be cloned but by following'),
  readyToClone: cannot('be cloned but by following'),
  copyState: async () => 'none',
  commitEmpty: cannot('commit by name'),
};

async function look(sessions: RespSessions, { clock }: EngineContext, call: Call): Promise<Observation> {
  const { address } = sessions;
  const began = clock.monotonic();
  const session = await sessions.get('look', call);
  const replies = await session.send('probe', lookCommands, call);
  const { remoteHost: host = address.host } = session;
  const remote = { host, port: address.port };
  return {
    ...readLook(replies, remote),
    address,
    ...(host === address.host ? {} : { resolved: remote }),
    observedAt: clock.now(),
    tookMs: clock.monotonic() - began,
  };
}
