/** Clusters and their topologies. */
import { z } from 'zod';
import { clusterListSchema } from '../../contract/answer-schema.ts';
import { clusterSummarySchema } from '../../contract/cluster-schema.ts';
import { Fault } from '../../contract/errors.ts';
import { topologySchema } from '../../contract/topology-schema.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

export const addClusterRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/clusters',
    {
      schema: {
        summary: 'All clusters',
        querystring: z.strictObject({}),
        response: { 200: clusterListSchema, ...errorAnswers },
      },
    },
    async () => ({ clusters: control.clusters() }),
  );
  app.get(
    '/v1/clusters/:cluster',
    {
      schema: {
        summary: 'One cluster in one line',
        params: clusterParams,
        response: { 200: clusterSummarySchema, ...errorAnswers },
      },
    },
    async ({ params }) => {
      const { cluster } = control.topology(params.cluster);
      const summary = control.clusters().find(({ name }) => name === cluster);
      if (summary === undefined) throw new Fault('not-found', `no cluster ${params.cluster}`);
      return summary;
    },
  );
  app.get(
    '/v1/clusters/:cluster/topology',
    {
      schema: {
        summary: 'The graph of a cluster, as last seen',
        params: clusterParams,
        response: { 200: topologySchema, ...errorAnswers },
      },
    },
    async ({ params }) => control.topology(params.cluster),
  );
};
