/** The agent's face: HTTPS that only a controller with a certificate of the cluster's own authority gets through. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { z } from 'zod';
import {
  copyRequestSchema,
  deadlineHeader,
  fenceRequestSchema,
  movingAddressSchema,
  settleRequestSchema,
  surplusRequestSchema,
  tailRequestSchema,
  unfenceRequestSchema,
} from '../../contract/agent-schema.ts';
import type { ErrorBody } from '../../contract/error-schema.ts';
import { asFault, Fault, faultKinds } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { HostAddresses, HostAgent, HostCopies, HostData, Surplus, Tail } from '../../core/host.ts';
import { type Credentials, hasRole } from '../certificates/credentials.ts';

export interface AgentServerParts {
  readonly duty: Omit<HostAgent, 'address'>;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
}

/** A controller's connections are kept open between failovers, which may be years apart; it looks in between. */
const keepAliveMs = 60 * 60 * 1000;
/** Taking a copy is the longest. */
const longestMs = 24 * 60 * 60 * 1000;
const defaultMs = 10_000;

/** For `setSecureContext` too. */
export function tlsOptions({ key, certificate, ca }: Credentials) {
  return { key, cert: certificate, ca, minVersion: 'TLSv1.3' as const };
}

/** Over HTTPS. */
export type AgentServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

/** Not listening yet. */
export function createAgentServer({ duty, credentials, clock, log }: AgentServerParts): AgentServer {
  const app = fastify({
    https: { ...tlsOptions(credentials), requestCert: true, rejectUnauthorized: true },
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    keepAliveTimeout: keepAliveMs,
    // What hangs on a disk must not keep the agent from ending.
    forceCloseConnections: true,
  });
  app.addHook('onRequest', async (request) => requireController(request));
  app.setErrorHandler((thrown, _request, reply) => {
    const fault = asFault(thrown);
    log.info({ code: fault.code, err: thrown }, 'agent.request-failed');
    return reply.code(faultKinds[fault.code].status).send(errorBody(fault));
  });
  app.setNotFoundHandler(() => {
    throw new Fault('not-found', 'no such route');
  });
  const answer = <T>(request: FastifyRequest, work: (call: Call) => Promise<T>): Promise<T> =>
    within(request, clock, work);
  app.get('/v1/state', async (request) => answer(request, (call) => duty.state(call)));
  app.post('/v1/fence', async (request) => {
    const asked = read(fenceRequestSchema, request.body);
    return answer(request, (call) => duty.fence(call, asked?.order));
  });
  app.post('/v1/unfence', async (request) => {
    const asked = read(unfenceRequestSchema, request.body);
    await answer(request, (call) => duty.unfence(asked, call));
    return { unfenced: true };
  });
  app.post('/v1/tail', async (request, reply) => {
    const asked = read(tailRequestSchema, request.body);
    const tail = await answer(request, (call) => duty.readTail(asked, call));
    return reply.type('application/octet-stream').send(Readable.from(bytesOf(tail)));
  });
  app.post('/v1/surplus', async (request, reply) => {
    const asked = read(surplusRequestSchema, request.body);
    const surplus = await answer(request, (call) => duty.readSurplus(asked, call));
    return reply.type('application/octet-stream').send(Readable.from(bytesOf(surplus)));
  });
  addCopyRoutes(app, duty, answer);
  addAddressRoutes(app, duty, answer);
  return app;
}

/** Runs an order for as long as the asking side waits. */
type Answer = <T>(request: FastifyRequest, work: (call: Call) => Promise<T>) => Promise<T>;

function addCopyRoutes(app: AgentServer, duty: AgentServerParts['duty'], answer: Answer): void {
  app.post('/v1/give-copy', async (request, reply) => {
    const asked = read(copyRequestSchema, request.body);
    const copy = await answer(request, (call) => copiesOf(duty).give(asked, call));
    return reply.type('application/octet-stream').send(Readable.from(copy));
  });
  app.get('/v1/room', async (request) => answer(request, (call) => dataOf(duty).room(call)));
  app.get('/v1/unproven-copy', async (request) => answer(request, (call) => dataOf(duty).unproven(call)));
  app.post('/v1/settle-copy', async (request) => {
    const asked = read(settleRequestSchema, request.body);
    return answer(request, (call) => dataOf(duty).settle(asked, call));
  });
  // Handed on as it comes: a copy is as large as the data.
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.post('/v1/take-copy', async (request) =>
    answer(request, (call) => copiesOf(duty).take(request.body as AsyncIterable<Uint8Array>, call)),
  );
}

function addAddressRoutes(app: AgentServer, duty: AgentServerParts['duty'], answer: Answer): void {
  app.post('/v1/address/look', async (request) => {
    const asked = read(movingAddressSchema, request.body);
    return answer(request, (call) => addressesOf(duty).look(asked, call));
  });
  for (const verb of ['claim', 'drop'] as const) {
    app.post(`/v1/address/${verb}`, async (request) => {
      const asked = read(movingAddressSchema, request.body);
      await answer(request, (call) => addressesOf(duty)[verb](asked, call));
      return { held: verb === 'claim' };
    });
  }
}

function addressesOf({ addresses }: AgentServerParts['duty']): HostAddresses {
  if (addresses) return addresses;
  throw new Fault('bad-request', 'this agent moves no address');
}

function dataOf({ data }: AgentServerParts['duty']): HostData {
  if (data) return data;
  throw new Fault('bad-request', 'this agent keeps no data');
}

function copiesOf({ copies }: AgentServerParts['duty']): HostCopies {
  if (copies) return copies;
  throw new Fault('bad-request', 'this agent copies no server');
}

function requireController({ raw }: FastifyRequest): void {
  const names = (raw.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName;
  if (!hasRole(names, 'controller')) throw new Fault('unauthorized', 'only a controller may ask an agent');
}

/** As long as the asking side waits, and no longer than it is there. */
function within<T>(request: FastifyRequest, clock: Clock, work: (call: Call) => Promise<T>): Promise<T> {
  const asked = Number(request.headers[deadlineHeader] ?? defaultMs);
  const deadlineMs = Math.min(asked > 0 ? asked : defaultMs, longestMs);
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error('the controller has left'));
  const { socket } = request.raw;
  socket.once('close', leave);
  const { signal } = gone;
  return withDeadline(clock, { signal, deadlineMs }, 'the agent', (inner) =>
    work({ signal: inner, deadlineMs }),
  ).finally(() => socket.off('close', leave));
}

async function* bytesOf({ statements, ...head }: Tail | Surplus): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(head)}\n`);
  for await (const chunk of statements) yield Buffer.from(chunk, 'latin1');
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Fault('bad-request', z.prettifyError(parsed.error));
}

const errorBody = ({ code, message, details }: Fault): ErrorBody => ({ error: { code, message, details } });
