/** Handing the primary role over, and taking it over from a dead one: shown, or begun. */
import { failoverRequestSchema, switchoverRequestSchema } from '../../contract/request-schema.ts';
import { begun, described, send, shown } from './plan-answers.ts';
import type { AddRoutes } from './route-kit.ts';

export const addHandOverRoutes: AddRoutes = (app, control) => {
  app.post(
    '/v1/clusters/:cluster/switchover',
    { schema: { summary: 'Hand the primary role over', body: switchoverRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, ...rest } = request.body;
      const asked = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      if (dryRun === true) return send(reply, shown(await control.planSwitchover(asked)));
      return send(reply, begun(await control.switchover(asked)));
    },
  );
  app.post(
    '/v1/clusters/:cluster/failover',
    { schema: { summary: 'Take over from a dead primary', body: failoverRequestSchema, ...described } },
    async (request, reply) => {
      const { dryRun, acceptDataLoss, reason, ...rest } = request.body;
      const named = { cluster: request.params.cluster, requestedBy: `api ${request.ip}`, ...rest };
      const accepted = { by: named.requestedBy, ...(reason === undefined ? {} : { reason }) };
      const asked = acceptDataLoss === true ? { ...named, acceptDataLoss: accepted } : named;
      if (dryRun === true) return send(reply, shown(await control.planFailover(asked)));
      return send(reply, begun(await control.failover(asked)));
    },
  );
};
