/** What makes servers good replicas again: put under another source, taken back, repaired. Shown, or begun. */
import {
  rejoinRequestSchema,
  relocationRequestSchema,
  repairRequestSchema,
} from '../../contract/request-schema.ts';
import { begun, described, send, shown } from './plan-answers.ts';
import type { AddRoutes } from './route-kit.ts';

export const addReplicaRoutes: AddRoutes = (app, control) => {
  app.post(
    '/v1/clusters/:cluster/relocation',
    {
      schema: {
        summary: 'Put the replicas of a dead intermediate source under another',
        body: relocationRequestSchema,
        ...described,
      },
    },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planRelocation(asked)));
      return send(reply, begun(await control.relocate(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/rejoin',
    { schema: { summary: 'Make a former primary a replica', body: rejoinRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planRejoin(asked)));
      return send(reply, begun(await control.rejoin(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/repair',
    {
      schema: {
        summary: 'Rid a replica of errant transactions',
        body: repairRequestSchema,
        ...described,
      },
    },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planRepair(asked)));
      return send(reply, begun(await control.repair(asked)));
    },
  );
};
