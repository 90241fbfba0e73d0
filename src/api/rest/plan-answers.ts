/** Plans are shown and operations begun in the same words, whatever their kind. */
import type { FastifyReply } from 'fastify';
import { errorBodySchema } from '../../contract/error-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import type { PlanAnswer, SwitchoverAnswer } from '../../control/control-plane.ts';
import { refusedBody } from './error-replies.ts';
import { clusterParams, errorAnswers } from './route-kit.ts';

export const described = {
  description: '200: the plan, when `dryRun`. 202: the operation, begun. 409: refused, with the reasons.',
  params: clusterParams,
  response: { 200: planSchema, 202: operationSchema, 409: errorBodySchema, ...errorAnswers },
};

export const shown = (answer: PlanAnswer) =>
  answer.ok
    ? ({ status: 200, body: answer.plan } as const)
    : ({ status: 409, body: refusedBody(answer.refusals) } as const);

export const begun = (answer: SwitchoverAnswer) =>
  answer.ok
    ? ({ status: 202, body: answer.operation } as const)
    : ({ status: 409, body: refusedBody(answer.refusals, answer.operation) } as const);

type Answer = ReturnType<typeof shown> | ReturnType<typeof begun>;

export function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (status === 202) reply.header('location', `/v1/operations/${body.id}`);
  return reply.code(status).send(body);
}
