/** Taking servers up. */
import { addressOf, discoverRequestSchema } from '../../contract/request-schema.ts';
import { topologySchema } from '../../contract/topology-schema.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

export const addDiscoveryRoutes: AddRoutes = (app, control) => {
  app.post(
    '/v1/clusters/:cluster/servers',
    {
      schema: {
        summary: 'Discover: probe a server and take it up with all its neighbours',
        params: clusterParams,
        body: discoverRequestSchema,
        response: { 200: topologySchema, ...errorAnswers },
      },
    },
    async ({ params, body }) => control.discover(params.cluster, addressOf(body)),
  );
};
