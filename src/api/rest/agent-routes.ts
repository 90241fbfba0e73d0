/** How agents get their certificates. What an agent shows is proven by the token or the certificate it has, not by the API's token. */
import {
  joinedSchema,
  joinRequestSchema,
  joinTokenSchema,
  renewedSchema,
  renewRequestSchema,
  revokedSchema,
  revokeRequestSchema,
  tokenRequestSchema,
  waitingTokensSchema,
} from '../../contract/enrolment-schema.ts';
import { Fault } from '../../contract/errors.ts';
import { DEFAULT_AGENT_PORT } from '../../control/configuration/cluster-schema.ts';
import type { Enrolment } from '../../core/enrolment.ts';
import { parseAddress } from '../../core/identity.ts';
import { type ApiServer, errorAnswers } from './route-kit.ts';

export function addAgentRoutes(app: ApiServer, enrolment: Enrolment): void {
  addPersonsRoutes(app, enrolment);
  addAgentsRoutes(app, enrolment);
}

/** With the API's token. */
function addPersonsRoutes(app: ApiServer, enrolment: Enrolment): void {
  app.post(
    '/v1/agents/tokens',
    {
      schema: {
        summary: 'A one-time token with which an agent joins',
        body: tokenRequestSchema,
        response: { 200: joinTokenSchema, ...errorAnswers },
      },
    },
    async ({ body }) =>
      enrolment.newToken(body.server === undefined ? undefined : agentAddress(body.server, 'server')),
  );
  app.get(
    '/v1/agents/tokens',
    {
      schema: {
        summary: 'Tokens that wait to be used, and the hosts whose certificates were revoked',
        response: { 200: waitingTokensSchema, ...errorAnswers },
      },
    },
    async () => ({ tokens: await enrolment.tokens(), revocations: await enrolment.revocations() }),
  );
  app.post(
    '/v1/agents/revoke',
    {
      schema: {
        summary: 'No certificate that was made for a host until now counts any more',
        body: revokeRequestSchema,
        response: { 200: revokedSchema, ...errorAnswers },
      },
    },
    async ({ body }) => enrolment.revoke(agentAddress(body.host, 'host').host),
  );
}

/** Open to whoever shows what proves it. */
function addAgentsRoutes(app: ApiServer, enrolment: Enrolment): void {
  app.post(
    '/v1/agents/join',
    {
      config: { open: true },
      schema: {
        summary: 'An agent asks for its first certificate',
        security: [],
        body: joinRequestSchema,
        response: { 200: joinedSchema, ...errorAnswers },
      },
    },
    async ({ body }) => enrolment.join(body),
  );
  app.post(
    '/v1/agents/renew',
    {
      config: { open: true },
      schema: {
        summary: 'An agent asks for its next certificate',
        security: [],
        body: renewRequestSchema,
        response: { 200: renewedSchema, ...errorAnswers },
      },
    },
    async ({ body }) => enrolment.renew(body),
  );
}

function agentAddress(text: string, field: string) {
  // An IPv6 host needs its brackets for a port only.
  const address =
    parseAddress(text, DEFAULT_AGENT_PORT) ?? parseAddress(`[${text.trim()}]`, DEFAULT_AGENT_PORT);
  if (address) return address;
  throw new Fault('bad-request', `not an address: ${text}`, {
    details: { field, accepted: 'host:port' },
  });
}
