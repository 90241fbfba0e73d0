/** The controller's client of one agent: the host port over HTTPS, with connections that stay open. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import {
  fencedSchema,
  hostStateSchema,
  surplusHeadSchema,
  tailHeadSchema,
  takenCopySchema,
  unfencedSchema,
} from '../../contract/agent-schema.ts';
import type { Clock } from '../../core/clock.ts';
import type { HostAgent } from '../../core/host.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { type Credentials, hasRole } from '../certificates/credentials.ts';
import { type Ask, type Asking, askBytes, askText, askValue } from './agent-requests.ts';

/** A question must not wait behind a tail that is being read. */
const connections = 4;
/** Shorter than the agent's own, so that it is not the agent that closes. */
const keepAliveMs = 50 * 60 * 1000;

export interface AgentClient extends HostAgent {
  close(): Promise<void>;
}

/** `credentials` is asked for each new connection: they are renewed while the client lives. Never throws. */
export function hostAgent(address: Address, credentials: () => Credentials, clock: Clock): AgentClient {
  const origin = `https://${formatAddress(address)}`;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => connectorOf(credentials())(options, callback),
  });
  const asking: Asking = { pool, address, clock };
  const post = (path: string, body: object): Ask => ({ method: 'POST', path, body });
  return {
    address,
    state: (call) => askValue(asking, { method: 'GET', path: '/v1/state' }, hostStateSchema, call),
    fence: (call) => askValue(asking, { method: 'POST', path: '/v1/fence' }, fencedSchema, call),
    unfence: async (asked, call) => {
      await askValue(asking, post('/v1/unfence', asked), unfencedSchema, call);
    },
    readTail: (asked, call) => askText(asking, post('/v1/tail', asked), tailHeadSchema, call),
    readSurplus: (asked, call) => askText(asking, post('/v1/surplus', asked), surplusHeadSchema, call),
    copies: {
      give: (account, call) => askBytes(asking, post('/v1/give-copy', account), call),
      take: (stream, call) =>
        askValue(asking, { method: 'POST', path: '/v1/take-copy', stream }, takenCopySchema, call),
    },
    close: () => pool.destroy(),
  };
}

function connectorOf({ key, certificate, ca }: Credentials) {
  return buildConnector({
    key,
    cert: certificate,
    ca,
    minVersion: 'TLSv1.3',
    allowH2: false,
    checkServerIdentity: (host: string, peer: PeerCertificate) => {
      if (!hasRole(peer.subjectaltname, 'agent')) return new Error('this certificate is not an agent’s');
      return checkServerIdentity(host, peer);
    },
  });
}
