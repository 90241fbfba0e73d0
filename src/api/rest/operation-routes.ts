/** What was asked for, what became of it, and the journal that explains it. */
import { z } from 'zod';
import { journalSchema, operationListSchema } from '../../contract/answer-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { operationQuerySchema } from '../../contract/request-schema.ts';
import { type AddRoutes, errorAnswers } from './route-kit.ts';

const defaultLimit = 50;
const operationParams = z.object({ id: z.string() });

export const addOperationRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/operations',
    {
      schema: {
        summary: 'Operations, newest first',
        querystring: operationQuerySchema,
        response: { 200: operationListSchema, ...errorAnswers },
      },
    },
    async ({ query }) => ({ operations: await control.operations({ limit: defaultLimit, ...query }) }),
  );
  app.get(
    '/v1/operations/:id',
    {
      schema: {
        summary: 'One operation',
        params: operationParams,
        response: { 200: operationSchema, ...errorAnswers },
      },
    },
    async ({ params }) => control.operation(params.id),
  );
  app.get(
    '/v1/operations/:id/journal',
    {
      schema: {
        summary: 'What an operation did, line by line',
        params: operationParams,
        response: { 200: journalSchema, ...errorAnswers },
      },
    },
    async ({ params }) => ({ journal: await control.journal(params.id) }),
  );
};
