/** What is wrong. */
import { findingListSchema } from '../../contract/answer-schema.ts';
import { clusterQuerySchema } from '../../contract/request-schema.ts';
import { type AddRoutes, errorAnswers } from './route-kit.ts';

export const addFindingRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/findings',
    {
      schema: {
        summary: 'What is wrong, in all clusters or in one',
        querystring: clusterQuerySchema,
        response: { 200: findingListSchema, ...errorAnswers },
      },
    },
    async ({ query }) => ({ findings: control.findings(query.cluster) }),
  );
};
