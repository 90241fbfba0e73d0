/** What crosses the API and what the core means are the same types, checked by the compiler in both directions. */
import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { Finding } from '../core/finding.ts';
import type { JournalEntry, Operation } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import type { Refusal } from '../core/switchover-request.ts';
import type { Node, Topology } from '../core/topology.ts';
import type { findingSchema } from './finding-schema.ts';
import type { journalEntrySchema, operationSchema } from './operation-schema.ts';
import type { planSchema } from './plan-schema.ts';
import type { refusalSchema } from './refusal-schema.ts';
import type { Exactly } from './same-type.ts';
import type { nodeSchema, topologySchema } from './topology-schema.ts';

test('the schemas and the types of the core agree field by field', () => {
  const agreed: [
    Exactly<z.output<typeof nodeSchema>, Node>,
    Exactly<z.output<typeof topologySchema>, Topology>,
    Exactly<z.output<typeof findingSchema>, Finding>,
    Exactly<z.output<typeof refusalSchema>, Refusal>,
    Exactly<z.output<typeof planSchema>, Plan>,
    Exactly<z.output<typeof operationSchema>, Operation>,
    Exactly<z.output<typeof journalEntrySchema>, JournalEntry>,
  ] = [true, true, true, true, true, true, true];
  expect(agreed).not.toContain(false);
});
