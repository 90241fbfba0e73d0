/** What every file of routes needs: the server with zod's types, the control plane, and the shared answers. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { errorBodySchema } from '../../contract/error-schema.ts';
import type { ControlPlane } from '../../control/control-plane.ts';

export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export type AddRoutes = (app: ApiServer, control: ControlPlane) => void;

export const clusterParams = z.object({ cluster: z.string() });

/** What any route may answer besides its own; the codes are the catalogue's. */
export const errorAnswers = { '4xx': errorBodySchema, '5xx': errorBodySchema } as const;
