/** What people order of a cluster: acknowledgement of what happened, downtime of a server, maintenance of all of it. */
import { standingOrdersSchema } from '../../contract/orders-schema.ts';
import {
  acknowledgeRequestSchema,
  downtimeRequestSchema,
  maintenanceRequestSchema,
} from '../../contract/request-schema.ts';
import { type AddRoutes, clusterParams, errorAnswers } from './route-kit.ts';

const described = { params: clusterParams, response: { 200: standingOrdersSchema, ...errorAnswers } };

export const addOrderRoutes: AddRoutes = (app, control) => {
  app.get(
    '/v1/clusters/:cluster/orders',
    { schema: { summary: 'Acknowledgement, maintenance and downtimes in force', ...described } },
    async ({ params }) => control.orders(params.cluster),
  );
  app.post(
    '/v1/clusters/:cluster/acknowledge',
    {
      schema: {
        summary: 'Acknowledge a failover: the next one may be automatic again',
        body: acknowledgeRequestSchema,
        ...described,
      },
    },
    async ({ params, body, ip }) =>
      control.acknowledge(params.cluster, { requestedBy: `api ${ip}`, ...body }),
  );
  app.post(
    '/v1/clusters/:cluster/downtime',
    {
      schema: {
        summary: 'Begin or end the downtime of a server: no candidate, and no automatic failover from it',
        body: downtimeRequestSchema,
        ...described,
      },
    },
    async ({ params, body: { server, ...asked }, ip }) =>
      control.downtime(params.cluster, server, { requestedBy: `api ${ip}`, reason: '', ...asked }),
  );
  app.post(
    '/v1/clusters/:cluster/maintenance',
    {
      schema: {
        summary: 'Begin or end maintenance: no automatic failover, relocation or rejoin',
        body: maintenanceRequestSchema,
        ...described,
      },
    },
    async ({ params, body, ip }) =>
      control.maintenance(params.cluster, { requestedBy: `api ${ip}`, reason: '', ...body }),
  );
};
