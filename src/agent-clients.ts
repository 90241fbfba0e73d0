/** Wires a controller's clients of agents, with certificates of the controller's own authority. */
import type { Clock } from './core/clock.ts';
import type { HostAgent } from './core/host.ts';
import { type Address, formatAddress } from './core/identity.ts';
import type { Authority } from './hosts/certificates/authority.ts';
import { ownIdentity } from './hosts/certificates/own-identity.ts';
import type { Revocations } from './hosts/certificates/revocations.ts';
import { type AgentClient, hostAgent } from './hosts/client/host-agent.ts';

export interface AgentClientsParts {
  readonly authority: Authority;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

/** One client an agent, however often it is asked for; they end with `resources`. */
export async function agentClients(
  { authority, revocations, clock }: AgentClientsParts,
  resources: AsyncDisposableStack,
): Promise<(address: Address) => HostAgent> {
  const credentials = await ownIdentity(authority, clock);
  const known = new Map<string, AgentClient>();
  const objection = (certificate: Buffer, host: string): string | undefined => {
    const revoked = revocations.of(certificate, host);
    return revoked && `its certificate was revoked on ${new Date(revoked.at).toISOString()}`;
  };
  // A connection that is open was let through by what was known then.
  revocations.onRevoked(() => {
    for (const client of known.values()) void client.reconnect();
  });
  return (address) => {
    const key = formatAddress(address);
    const before = known.get(key);
    if (before) return before;
    const client = hostAgent(address, credentials, clock, objection);
    resources.defer(() => client.close());
    known.set(key, client);
    return client;
  };
}
