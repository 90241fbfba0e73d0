/** Handing the primary role over, taking it over from a dead one, and taking a former one back: shown, or begun. */
import type { FastifyReply } from 'fastify';
import { errorBodySchema } from '../../contract/error-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import {
  failoverRequestSchema,
  rejoinRequestSchema,
  relocationRequestSchema,
  switchoverRequestSchema,
} from '../../contract/request-schema.ts';
import type { PlanAnswer, SwitchoverAnswer } from '../../control/control-plane.ts';
import { refusedBody } from './error-replies.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

const described = {
  description: '200: the plan, when `dryRun`. 202: the operation, begun. 409: refused, with the reasons.',
  params: clusterParams,
  response: { 200: planSchema, 202: operationSchema, 409: errorBodySchema, ...errorAnswers },
};

/** Plans are shown and operations begun in the same words, whatever their kind. */
const shown = (answer: PlanAnswer) =>
  answer.ok
    ? ({ status: 200, body: answer.plan } as const)
    : ({ status: 409, body: refusedBody(answer.refusals) } as const);

const begun = (answer: SwitchoverAnswer) =>
  answer.ok
    ? ({ status: 202, body: answer.operation } as const)
    : ({ status: 409, body: refusedBody(answer.refusals, answer.operation) } as const);

type Answer = ReturnType<typeof shown> | ReturnType<typeof begun>;

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (status === 202) reply.header('location', `/v1/operations/${body.id}`);
  return reply.code(status).send(body);
}

export const addHandOverRoutes: AddRoutes = (app, control) => {
  app.post(
    '/v1/clusters/:cluster/switchover',
    { schema: { summary: 'Hand the primary role over', body: switchoverRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planSwitchover(asked)));
      return send(reply, begun(await control.switchover(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/failover',
    { schema: { summary: 'Take over from a dead primary', body: failoverRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, acceptDataLoss, reason, ...rest } = request.body;
      const named = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      const accepted = { by: named.requestedBy, ...(reason === undefined ? {} : { reason }) };
      const asked = acceptDataLoss === true ? { ...named, acceptDataLoss: accepted } : named;
      if (dryRun === true) return send(reply, shown(await control.planFailover(asked)));
      return send(reply, begun(await control.failover(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/relocation',
    {
      schema: {
        summary: 'Put the replicas of a dead intermediate source under another',
        body: relocationRequestSchema,
        ...described,
      },
    },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planRelocation(asked)));
      return send(reply, begun(await control.relocate(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/rejoin',
    { schema: { summary: 'Make a former primary a replica', body: rejoinRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planRejoin(asked)));
      return send(reply, begun(await control.rejoin(asked)));
    },
  );
};
