/** The words in which a request is refused, as they cross the API. */
import { z } from 'zod';
import type { Refusal, RefusalCode } from '../core/switchover-request.ts';
import { serverIdSchema } from './identity-schema.ts';

const refusalCodeSchema = z.enum([
  'no-primary',
  'several-primaries',
  'co-primaries',
  'primary-unreachable',
  'primary-read-only',
  'primary-replicates',
  'primary-filtered',
  'primary-gtid-off',
  'primary-not-logging',
  'no-candidate',
  'already-primary',
  'not-a-replica',
  'not-direct',
  'candidate-unreachable',
  'candidate-banned',
  'candidate-downtimed',
  'candidate-stopped',
  'candidate-broken',
  'candidate-lagging',
  'candidate-delayed',
  'candidate-errant',
  'candidate-writable',
  'candidate-older',
  'candidate-filtered',
  'candidate-not-logging',
  'candidate-log-format',
  'candidate-gtid-off',
  'candidate-other-data-center',
  'candidate-multi-source',
  'candidate-duplicate-id',
  'sibling-unreachable',
  'sibling-broken',
  'sibling-errant',
  'sibling-older',
  'long-transaction',
  'route-unreachable',
  'topology-changed',
  'operation-running',
]) satisfies z.ZodType<RefusalCode>;

export const refusalSchema = z
  .object({
    code: refusalCodeSchema,
    server: serverIdSchema.exactOptional(),
    fact: z.string().describe('The fact that stands in the way.'),
    needs: z.string().describe('What would have to be true.'),
  })
  .meta({ id: 'Refusal' }) satisfies z.ZodType<Refusal>;
