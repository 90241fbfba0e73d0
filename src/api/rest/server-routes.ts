/** Servers, of one cluster and of all. */
import { z } from 'zod';
import { serverListSchema } from '../../contract/answer-schema.ts';
import { Fault } from '../../contract/errors.ts';
import { clusterQuerySchema } from '../../contract/request-schema.ts';
import { serverSchema } from '../../contract/topology-schema.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';
import { serversOf } from './servers-of.ts';

export const addServerRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/servers',
    {
      schema: {
        summary: 'The servers of all clusters',
        querystring: clusterQuerySchema,
        response: { 200: serverListSchema, ...errorAnswers },
      },
    },
    async ({ query }) => {
      const names =
        query.cluster === undefined ? control.clusters().map(({ name }) => name) : [query.cluster];
      return { servers: names.flatMap((name) => serversOf(control.topology(name))) };
    },
  );
  app.get(
    '/v1/servers/:server',
    {
      schema: {
        summary: 'One server, by id, name, address or alias',
        params: z.object({ server: z.string() }),
        querystring: clusterQuerySchema,
        response: { 200: serverSchema, ...errorAnswers },
      },
    },
    async ({ params, query }) => {
      const { cluster, id } = control.server(params.server, query.cluster);
      const server = serversOf(control.topology(cluster)).find((candidate) => candidate.id === id);
      if (server === undefined) throw new Fault('not-found', `no server ${params.server} in ${cluster}`);
      return server;
    },
  );
  app.get(
    '/v1/clusters/:cluster/servers',
    {
      schema: {
        summary: 'The servers of a cluster',
        params: clusterParams,
        response: { 200: serverListSchema, ...errorAnswers },
      },
    },
    async ({ params }) => ({ servers: serversOf(control.topology(params.cluster)) }),
  );
};
