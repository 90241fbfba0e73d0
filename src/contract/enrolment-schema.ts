/** What an agent and the controller say to each other before there is a certificate, and when one is renewed. */
import { z } from 'zod';
import { list } from './schema-kinds.ts';

const pem = z.string().min(1).max(20_000);
const short = z.string().min(1).max(200);

export const tokenRequestSchema = z
  .strictObject({ server: short.exactOptional().describe('host:port of the agent it is for') })
  .meta({ id: 'AgentTokenRequest' });

export const joinTokenSchema = z
  .object({ token: z.string(), expiresAt: z.number().describe('Epoch milliseconds.') })
  .meta({ id: 'AgentToken' });

const instant = z.number().describe('Epoch milliseconds.');

export const waitingTokensSchema = z
  .object({
    tokens: list(z.object({ id: z.string(), host: z.string().exactOptional(), expiresAt: instant })),
    revocations: list(z.object({ host: z.string(), at: instant })),
  })
  .meta({ id: 'AgentTokens' });

export const revokeRequestSchema = z
  .strictObject({
    host: short.describe('The agent’s, as in the configuration; a port is left out of account.'),
  })
  .meta({ id: 'AgentRevokeRequest' });

export const revokedSchema = z
  .object({
    host: z.string(),
    at: instant,
    configured: z.boolean().describe('Whether the configuration has an agent on that host.'),
  })
  .meta({ id: 'AgentRevoked' });

export const joinRequestSchema = z
  .strictObject({ id: short, request: pem, hosts: z.array(short).min(1).max(20), proof: short })
  .meta({ id: 'AgentJoinRequest' });

export const joinedSchema = z.object({ certificate: pem, ca: pem }).meta({ id: 'AgentJoined' });

export const renewRequestSchema = z
  .strictObject({ certificate: pem, request: pem, signature: short })
  .meta({ id: 'AgentRenewRequest' });

export const renewedSchema = z.object({ certificate: pem }).meta({ id: 'AgentRenewed' });
