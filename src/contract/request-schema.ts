/** What may be asked of the API. Strict: a misspelt field is refused by name instead of being ignored. */
import { z } from 'zod';
import { type Address, parseAddress } from '../core/identity.ts';

/** Shown on terminals and written into logs, so it may not steer them. */
const printable = z.string().regex(/^\P{Cc}+$/u, 'text without control characters');

export const switchoverRequestSchema = z
  .strictObject({
    to: printable
      .max(400)
      .exactOptional()
      .describe('The candidate: a name, address, alias or id. Absent: choose.'),
    dryRun: z.boolean().exactOptional().describe('Show the plan; change nothing.'),
    requestedBy: printable.max(200).exactOptional().describe('Who asks, for the journal.'),
  })
  .meta({ id: 'SwitchoverRequest' });

export type SwitchoverRequest = z.input<typeof switchoverRequestSchema>;

/** No default port here: which one it is, only the engine knows. */
const noDefaultPort = 0;

export const discoverRequestSchema = z
  .strictObject({
    address: z
      .string()
      .refine((text) => parseAddress(text, noDefaultPort) !== undefined, 'host:port, or [IPv6]:port')
      .describe('`host:port` of any server of the cluster.'),
  })
  .meta({ id: 'DiscoverRequest' });

/** Of text that `discoverRequestSchema` let pass. */
export function addressOf(request: z.output<typeof discoverRequestSchema>): Address {
  const address = parseAddress(request.address, noDefaultPort);
  if (address === undefined) throw new TypeError(`not an address: ${request.address}`);
  return address;
}

export const clusterQuerySchema = z.strictObject({ cluster: z.string().min(1).exactOptional() });

export const operationQuerySchema = clusterQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(1000).exactOptional(),
});

export const eventQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).exactOptional().describe('The revision to go on after.'),
  operation: z.string().min(1).exactOptional().describe('Only the events of this operation.'),
});
