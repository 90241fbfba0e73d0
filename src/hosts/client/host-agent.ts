/** The controller's client of one agent: the host port over HTTPS, with connections that stay open. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import {
  fencedSchema,
  heldAddressSchema,
  hostRoomSchema,
  hostStateSchema,
  oldDataSchema,
  surplusHeadSchema,
  tailHeadSchema,
  takenCopySchema,
  unfencedSchema,
  unprovenCopySchema,
} from '../../contract/agent-schema.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { HostAddresses, HostAgent, MovingAddress } from '../../core/host.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { type Credentials, hasRole } from '../certificates/credentials.ts';
import { type Ask, type Asking, askBytes, askText, askValue } from './agent-requests.ts';

/** A question must not wait behind a tail that is being read. */
const connections = 4;
/** Shorter than the agent's own, so that it is not the agent that closes. */
const keepAliveMs = 50 * 60 * 1000;
/**
 * For the connection and its certificates, of which the kernel repeats the first word after a second. An attempt that
 * waits for a host that swallows it must not be what a later question has to wait for.
 */
const connectMs = 2500;

export interface AgentClient extends HostAgent {
  /** Connections that are open are closed; the next question opens new ones. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

/** Why a certificate (DER) that the authority has signed is not believed of `host`; undefined when it is. */
export type Objection = (certificate: Buffer, host: string) => string | undefined;

/** `credentials` is asked for each new connection: they are renewed while the client lives. Never throws. */
export function hostAgent(
  address: Address,
  credentials: () => Credentials,
  clock: Clock,
  objection: Objection = () => undefined,
): AgentClient {
  const open = (): Pool => poolOf(address, credentials, objection);
  let pool = open();
  const asking: Asking = {
    get pool() {
      return pool;
    },
    address,
    clock,
  };
  return {
    address,
    state: (call) => askValue(asking, { method: 'GET', path: '/v1/state' }, hostStateSchema, call),
    fence: (call, order) => {
      const ask =
        order === undefined ? ({ method: 'POST', path: '/v1/fence' } as const) : post('/v1/fence', { order });
      return askValue(asking, ask, fencedSchema, call);
    },
    unfence: async (asked, call) => {
      await askValue(asking, post('/v1/unfence', asked), unfencedSchema, call);
    },
    readTail: (asked, call) => askText(asking, post('/v1/tail', asked), tailHeadSchema, call),
    readSurplus: (asked, call) => askText(asking, post('/v1/surplus', asked), surplusHeadSchema, call),
    data: {
      room: (call) => askValue(asking, { method: 'GET', path: '/v1/room' }, hostRoomSchema, call),
      unproven: (call) =>
        askValue(asking, { method: 'GET', path: '/v1/unproven-copy' }, unprovenCopySchema, call),
      settle: (asked, call) => askValue(asking, post('/v1/settle-copy', asked), oldDataSchema, call),
    },
    copies: {
      give: (account, call) => askBytes(asking, post('/v1/give-copy', account), call),
      take: (stream, call) =>
        askValue(asking, { method: 'POST', path: '/v1/take-copy', stream }, takenCopySchema, call),
    },
    addresses: addressesOf(asking),
    reconnect: async () => {
      const before = pool;
      pool = open();
      await before.destroy();
    },
    close: () => pool.destroy(),
  };
}

const post = (path: string, body: object): Ask => ({ method: 'POST', path, body });

function addressesOf(asking: Asking): HostAddresses {
  const ask = (verb: keyof HostAddresses, asked: MovingAddress, call: Call) =>
    askValue(asking, post(`/v1/address/${verb}`, asked), heldAddressSchema, call);
  return {
    look: (asked, call) => ask('look', asked, call),
    claim: async (asked, call) => {
      await ask('claim', asked, call);
    },
    drop: async (asked, call) => {
      await ask('drop', asked, call);
    },
  };
}

function poolOf(address: Address, credentials: () => Credentials, objection: Objection): Pool {
  return new Pool(`https://${formatAddress(address)}`, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => connectorOf(address, credentials(), objection)(options, callback),
  });
}

function connectorOf(address: Address, { key, certificate, ca }: Credentials, objection: Objection) {
  return buildConnector({
    key,
    cert: certificate,
    ca,
    minVersion: 'TLSv1.3',
    timeout: connectMs,
    allowH2: false,
    checkServerIdentity: (host: string, peer: PeerCertificate) => {
      if (!hasRole(peer.subjectaltname, 'agent')) return new Error('this certificate is not an agent’s');
      const words = objection(peer.raw, address.host);
      return words === undefined ? checkServerIdentity(host, peer) : new Error(words);
    },
  });
}
