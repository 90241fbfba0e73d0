/** The native face: JSON over HTTP under /v1. It knows the control plane and nothing below it. */
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { Enrolment } from '../../core/enrolment.ts';
import { addAgentRoutes } from './agent-routes.ts';
import { requireToken } from './authentication.ts';
import { addClusterRoutes } from './cluster-routes.ts';
import { addDiscoveryRoutes } from './discovery-routes.ts';
import { answerError, answerErrors } from './error-replies.ts';
import { addEventRoutes } from './event-routes.ts';
import { addFindingRoutes } from './finding-routes.ts';
import { addOpenRoutes } from './open-routes.ts';
import { describeApi } from './openapi.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { addOrderRoutes } from './order-routes.ts';
import { addPlannedRoutes } from './planned-routes.ts';
import { addServerRoutes } from './server-routes.ts';
import { validatorCompiler } from './validation.ts';
import { addWitnessRoutes } from './witness-routes.ts';

export interface RestApiOptions {
  readonly control: ControlPlane;
  readonly token: string;
  readonly log: FastifyBaseLogger;
  /** Where agents get their certificates; without it there are no such routes. */
  readonly enrolment?: Enrolment;
  /** How often an idle event stream says that it is alive. */
  readonly heartbeatMs?: number;
}

/** Requests are small; names and addresses are what is in them. */
const bodyLimitBytes = 64 * 1024;
const longestPathPart = 500;
/** A client that takes longer to send its request is cut off. */
const requestTimeoutMs = 30_000;

/** Not listening yet: `listen` and `close` are the caller's. */
export function createRestApi(options: RestApiOptions): FastifyInstance {
  const { control, token, log, enrolment, heartbeatMs = 15_000 } = options;
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (thrown, request, reply) => void answerError(thrown, request, reply),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: longestPathPart },
    forceCloseConnections: true,
  });
  // Without it, Fastify takes text for a body and the sender is told nothing of the missing content-type.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  // What the control plane answers has the schemas' types by the compiler's word; it is not parsed again.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  requireToken(app, token);
  answerErrors(app);
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    const ms = reply.elapsedTime;
    request.log.debug({ event: 'api.request.done', method, url, status: reply.statusCode, ms });
  });
  describeApi(app);
  app.register(async (scope) => {
    const routes = scope.withTypeProvider<ZodTypeProvider>();
    addOpenRoutes(routes);
    addClusterRoutes(routes, control);
    addDiscoveryRoutes(routes, control);
    addServerRoutes(routes, control);
    addFindingRoutes(routes, control);
    addPlannedRoutes(routes, control);
    addOrderRoutes(routes, control);
    addOperationRoutes(routes, control);
    addEventRoutes(routes, control, heartbeatMs);
    addWitnessRoutes(routes, control);
    if (enrolment) addAgentRoutes(routes, enrolment);
  });
  return app;
}
