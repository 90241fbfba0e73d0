/** The body of every answer that is not a success. */
import { z } from 'zod';
import { type FaultCode, faultKinds } from './errors.ts';
import { refusalSchema } from './refusal-schema.ts';
import { list } from './schema-kinds.ts';

/** The catalogue's keys; `Object.keys` forgets their type. */
const faultCodes = Object.keys(faultKinds) as [FaultCode, ...FaultCode[]];

export const errorBodySchema = z
  .object({
    error: z.object({
      code: z.enum(faultCodes),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).exactOptional(),
      refusals: list(refusalSchema).exactOptional(),
    }),
  })
  .meta({ id: 'ErrorBody' });

export type ErrorBody = z.output<typeof errorBodySchema>;
