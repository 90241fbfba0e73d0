/** Why a server is held for dead, or not, as it crosses the API. */
import { z } from 'zod';
import type { Judgement, Statement, Testimony } from '../core/detection/testimony.ts';
import { instantSchema } from './identity-schema.ts';
import { list } from './schema-kinds.ts';

export const statementSchema = z.enum([
  'serves',
  'gone',
  'silent',
  'stuck',
  'cannot-tell',
]) satisfies z.ZodType<Statement>;

const testimonySchema = z
  .object({
    kind: z.enum(['controller', 'peer', 'replica', 'agent']),
    witness: z.string(),
    says: statementSchema,
    fact: z.string(),
    at: instantSchema,
  })
  .meta({ id: 'Testimony', description: 'What one witness says.' }) satisfies z.ZodType<Testimony>;

export const judgementSchema = z
  .object({
    verdict: z.enum(['alive', 'unsure', 'dead']),
    rule: z.string(),
    because: z.string(),
    testimonies: list(testimonySchema),
    suspectedAt: instantSchema,
    judgedAt: instantSchema,
  })
  .meta({ id: 'Judgement', description: 'What was made of the testimonies.' }) satisfies z.ZodType<Judgement>;
