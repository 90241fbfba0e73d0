/** What was asked for, what became of it, and the journal that explains it. */
import { z } from 'zod';
import { journalSchema, operationListSchema } from '../../contract/answer-schema.ts';
import { operationSchema } from '../../contract/operation-schema.ts';
import { abandonRequestSchema, operationQuerySchema } from '../../contract/request-schema.ts';
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
  app.post(
    '/v1/operations/:id/abandon',
    {
      schema: {
        summary: 'Give up an operation that waits for ever to learn whether its candidate was promoted',
        params: operationParams,
        body: abandonRequestSchema,
        response: { 200: operationSchema, ...errorAnswers },
      },
    },
    async ({ params, body, ip }) =>
      control.abandon(params.id, { requestedBy: `api ${ip}`, candidateDown: false, ...body }),
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
