/** The event stream. Each connection has one abort signal, which ends with it or with the server. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Fault } from '../../contract/errors.ts';
import { eventQuerySchema } from '../../contract/request-schema.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import { eventFrames } from './event-frames.ts';
import { type ApiServer, errorAnswers } from './route-kit.ts';

/** Text to the OpenAPI, a stream to the compiler; streams are not serialized. */
const textStream = z.string() as unknown as z.ZodType<Readable>;

export function addEventRoutes(app: ApiServer, control: ControlPlane, heartbeatMs: number): void {
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const connection of open) connection.abort();
  });
  app.get(
    '/v1/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Events as they happen (server-sent events)',
        description:
          'Data: a `ControlEvent` as JSON. The id is its revision; `Last-Event-ID` (or `after`) resumes from it. ' +
          'Events of one change share a revision, so the last one may come again; none is left out.',
        querystring: eventQuerySchema,
        response: {
          200: {
            description: 'Ends with the connection.',
            content: { 'text/event-stream': { schema: textStream } },
          },
          ...errorAnswers,
        },
      },
    },
    async (request, reply) => {
      const { operation } = request.query;
      const fromRevision = lastEventId(request.headers['last-event-id']) ?? request.query.after;
      if (operation !== undefined) await control.operation(operation);
      const signal = signalOf(reply, open);
      const events = control.events({
        signal,
        ...(fromRevision === undefined ? {} : { fromRevision }),
        ...(operation === undefined ? {} : { operation }),
      });
      const body = Readable.from(eventFrames(events, heartbeatMs, signal), { objectMode: false });
      body.once('error', (err) => request.log.error({ event: 'api.events.failed', err }));
      reply.headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      return reply.send(body);
    },
  );
}

/** Fires when the connection ends, and when `open` is told to. */
function signalOf(reply: FastifyReply, open: Set<AbortController>): AbortSignal {
  const connection = new AbortController();
  const end = (): void => {
    open.delete(connection);
    connection.abort();
  };
  open.add(connection);
  reply.raw.once('close', end);
  // Gone while the operation was looked up: then there will be no other `close`.
  if (reply.raw.destroyed) end();
  return connection.signal;
}

/** The header wins over `after`: a browser that comes back sends the address it first used. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const revision = Number(header);
  if (Number.isSafeInteger(revision) && revision >= 0) return revision;
  const details = { in: 'headers', field: 'last-event-id', accepted: 'a whole number from 0' };
  throw new Fault('bad-request', '"last-event-id" in the headers must be a whole number from 0', { details });
}
