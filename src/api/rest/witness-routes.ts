/** What other controllers ask this one: which it is, and what it sees of a server itself. */
import { z } from 'zod';
import {
  controllerSchema,
  witnessAnswerSchema,
  witnessRequestSchema,
} from '../../contract/witness-schema.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

export const addWitnessRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/controller',
    {
      schema: {
        summary: 'Which controller this is, and what it watches',
        querystring: z.strictObject({}),
        response: { 200: controllerSchema, ...errorAnswers },
      },
    },
    async () => ({ controller: control.name, clusters: control.clusters().map(({ name }) => name) }),
  );
  app.post(
    '/v1/clusters/:cluster/witness',
    {
      schema: {
        summary: 'Take a look at a server now and say what is seen; for other controllers',
        params: clusterParams,
        body: witnessRequestSchema,
        response: { 200: witnessAnswerSchema, ...errorAnswers },
      },
    },
    async ({ params, body }) => control.witness(params.cluster, body),
  );
};
