/** Gives each server of a cluster a name no other one has, so that a name on a screen means one server. */
import { formatAddress, type ServerId } from './identity.ts';
import type { ServerFacts } from './server-facts.ts';

/** From the shortest to the most particular; a server takes a longer one only when the shorter is not its alone. */
const forms: readonly ((server: ServerFacts) => string)[] = [
  (server) => server.settings.name ?? formatAddress(server.address),
  (server) => `${server.settings.name ?? server.id} (${formatAddress(server.address)})`,
  (server) => `${server.settings.name ?? ''} (${formatAddress(server.address)}, ${server.id})`.trim(),
];

export function uniqueNames(servers: readonly ServerFacts[]): ReadonlyMap<ServerId, string> {
  const names = new Map<ServerId, string>();
  for (const form of forms) {
    const clashing = servers.filter((server) => !isUnique(names, server.id));
    for (const server of clashing) names.set(server.id, form(server));
  }
  return names;
}

function isUnique(names: ReadonlyMap<ServerId, string>, id: ServerId): boolean {
  const name = names.get(id);
  if (name === undefined) return false;
  for (const [other, taken] of names) if (other !== id && taken === name) return false;
  return true;
}
