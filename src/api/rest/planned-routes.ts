/** What is planned before it is done: each shown as a plan, or begun as an operation, in the same words. */
import type { z } from 'zod';
import { errorBodySchema } from '../../contract/error-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { planSchema } from '../../contract/plan-schema.ts';
import {
  failoverRequestSchema,
  rejoinRequestSchema,
  relocationRequestSchema,
  repairRequestSchema,
  reshapeRequestSchema,
  switchoverRequestSchema,
} from '../../contract/request-schema.ts';
import type { FailoverAsked, PlanAnswer, SwitchoverAnswer } from '../../control/control-plane.ts';
import { refusedBody } from './error-replies.ts';
import { type AddRoutes, type ApiServer, clusterParams, errorAnswers } from './route-kit.ts';

interface Body {
  readonly dryRun?: boolean;
  readonly requestedBy?: string;
}

/** Of a union, each of its members. */
type Without<Of, Key extends string> = Of extends unknown ? Omit<Of, Key> : never;

type Asked<Of extends Body> = Without<Of, 'dryRun'> & {
  readonly cluster: string;
  readonly requestedBy: string;
};

interface Verb<Of extends Body> {
  readonly summary: string;
  readonly body: z.ZodType<Of>;
  plan(asked: Asked<Of>): Promise<PlanAnswer>;
  begin(asked: Asked<Of>): Promise<SwitchoverAnswer>;
}

export const addPlannedRoutes: AddRoutes = (app, control) => {
  add(app, 'switchover', {
    summary: 'Hand the primary role over',
    body: switchoverRequestSchema,
    plan: (asked) => control.planSwitchover(asked),
    begin: (asked) => control.switchover(asked),
  });
  add(app, 'failover', {
    summary: 'Take over from a dead primary',
    body: failoverRequestSchema,
    plan: (asked) => control.planFailover(accepting(asked)),
    begin: (asked) => control.failover(accepting(asked)),
  });
  add(app, 'relocation', {
    summary: 'Put the replicas of a dead intermediate source under another',
    body: relocationRequestSchema,
    plan: (asked) => control.planRelocation(asked),
    begin: (asked) => control.relocate(asked),
  });
  add(app, 'rejoin', {
    summary: 'Make a former primary a replica',
    body: rejoinRequestSchema,
    plan: (asked) => control.planRejoin(asked),
    begin: (asked) => control.rejoin(asked),
  });
  add(app, 'repair', {
    summary: 'Rid a replica of errant transactions',
    body: repairRequestSchema,
    plan: (asked) => control.planRepair(asked),
    begin: (asked) => control.repair(asked),
  });
  add(app, 'reshape', {
    summary: 'Change the slots, members or replicas of a cluster of several primaries',
    body: reshapeRequestSchema,
    plan: (asked) => control.planReshape(asked),
    begin: (asked) => control.reshape(asked),
  });
};

function add<Of extends Body>(app: ApiServer, verb: string, { summary, body, plan, begin }: Verb<Of>): void {
  const schema = {
    summary,
    body,
    description: '200: the plan, when `dryRun`. 202: the operation, begun. 409: refused, with the reasons.',
    params: clusterParams,
    response: { 200: planSchema, 202: operationSchema, 409: errorBodySchema, ...errorAnswers },
  };
  app.post(`/v1/clusters/:cluster/${verb}`, { schema }, async (request, reply) => {
    // Fastify has parsed it by `body`; its types do not see through the parameter.
    const { dryRun, ...rest } = request.body as Of;
    const given = { requestedBy: `api ${request.ip}`, ...(rest as Without<Of, 'dryRun'>) };
    const asked = { cluster: request.params.cluster, ...given };
    if (dryRun === true) {
      const answer = await plan(asked);
      return answer.ok ? reply.send(answer.plan) : reply.code(409).send(refusedBody(answer.refusals));
    }
    const answer = await begin(asked);
    if (!answer.ok) return reply.code(409).send(refusedBody(answer.refusals, answer.operation));
    return reply.code(202).header('location', `/v1/operations/${answer.operation.id}`).send(answer.operation);
  });
}

/** That a loss is accepted is on record with who says so, and why. */
function accepting(asked: Asked<z.output<typeof failoverRequestSchema>>): FailoverAsked {
  const { acceptDataLoss, reason, ...rest } = asked;
  if (acceptDataLoss !== true) return rest;
  return { ...rest, acceptDataLoss: { by: rest.requestedBy, ...(reason === undefined ? {} : { reason }) } };
}
