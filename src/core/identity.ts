/** Names of things. Brands keep a cluster's name from being passed where a server's id is meant. */
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** What a server is, whatever address it is reached by: its UUID, or the closest its engine has to one. */
export type ServerId = Brand<'ServerId'>;
export type ClusterName = Brand<'ClusterName'>;
export type OperationId = Brand<'OperationId'>;

export const serverId = (text: string): ServerId => text as ServerId;
export const clusterName = (text: string): ClusterName => text as ClusterName;
export const operationId = (text: string): OperationId => text as OperationId;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Reads `host`, `host:port` or `[v6]:port`; undefined when it is none of these. */
export function parseAddress(text: string, defaultPort: number): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) return undefined;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

/** One way of writing for each host: what is compared as text must not differ by letter case, a last dot or IPv6 zeros. */
export function canonicalHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '');
  const text = bare.includes(':') ? `[${bare}]` : bare.toLowerCase().replace(/\.$/, '');
  const url = bare.includes(':') ? URL.parse(`http://${text}/`) : null;
  return url === null ? bare.toLowerCase().replace(/\.$/, '') : url.hostname.slice(1, -1);
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host.toLowerCase() === b.host.toLowerCase();
}
