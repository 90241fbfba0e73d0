/** Handing the primary role over: shown first, or begun. */
import { errorBodySchema } from '../../contract/error-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import { switchoverRequestSchema } from '../../contract/request-schema.ts';
import { refusedBody } from './error-replies.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

export const addSwitchoverRoutes: AddRoutes = (app, control) => {
  app.post(
    '/v1/clusters/:cluster/switchover',
    {
      schema: {
        summary: 'Hand the primary role over',
        description:
          '200: the plan, when `dryRun`. 202: the operation, begun. 409: refused, with the reasons.',
        params: clusterParams,
        body: switchoverRequestSchema,
        response: { 200: planSchema, 202: operationSchema, 409: errorBodySchema, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) {
        const answer = await control.planSwitchover(asked);
        return answer.ok ? reply.send(answer.plan) : reply.code(409).send(refusedBody(answer.refusals));
      }
      const answer = await control.switchover(asked);
      return answer.ok
        ? reply.code(202).header('location', `/v1/operations/${answer.operation.id}`).send(answer.operation)
        : reply.code(409).send(refusedBody(answer.refusals, answer.operation));
    },
  );
};
