/** Every answer that is not a success leaves through here, in the one shape of `errorBodySchema`. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorBody } from '../../contract/error-schema.ts';
import { asFault, Fault, faultKinds } from '../../contract/errors.ts';
import type { Operation } from '../../core/operation.ts';
import type { Refusal } from '../../core/switchover-request.ts';

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request) => {
    throw new Fault('not-found', `no such route: ${request.method} ${request.url.split('?')[0]}`);
  });
}

/** Also for what fails before there is a route: an address that cannot be decoded. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = translate(thrown);
  const { status } = faultKinds[fault.code];
  if (status >= 500) request.log.error({ event: 'api.request.failed', code: fault.code, err: thrown });
  return reply.code(status).send(errorBody(fault));
}

/** A refused request is an outcome, not a fault; it only shares the shape. */
export function refusedBody(refusals: readonly Refusal[], operation?: Operation): ErrorBody {
  const first = refusals[0];
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  return {
    error: {
      code: 'refused',
      message: first === undefined ? 'refused' : `${first.fact}${more}`,
      ...(operation === undefined ? {} : { details: { operation: operation.id } }),
      refusals,
    },
  };
}

function errorBody(fault: Fault): ErrorBody {
  const { code, message, details } = fault;
  return { error: { code, message, ...(Object.keys(details).length === 0 ? {} : { details }) } };
}

/** Fastify's own complaints about a request (unreadable body, wrong media type, …) are the sender's to mend. */
function translate(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const { code, statusCode, message } = thrown as Partial<FastifyError>;
  if (code === undefined || statusCode === undefined || statusCode < 400 || statusCode >= 500)
    return asFault(thrown);
  const details = { details: { in: 'body', accepted: 'a JSON object, with content-type application/json' } };
  switch (code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Fault('bad-request', 'the body is not JSON', { cause: thrown, ...details });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Fault('bad-request', 'the body is not announced as JSON', { cause: thrown, ...details });
    default:
      return new Fault('bad-request', message ?? code, { cause: thrown });
  }
}
