/** Turns what zod finds in a request into one fault that names the field and says what would be accepted. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { Fault } from '../../contract/errors.ts';

const places: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    return { error: badRequest(schema, result.error, places[httpPart ?? ''] ?? httpPart ?? 'request') };
  };

function badRequest(schema: z.ZodType, error: z.ZodError, place: string): Fault {
  const problems = error.issues.map((issue) => describe(schema, issue));
  // A misspelt name explains the missing one beside it, so it is told first.
  const first = problems.find((problem) => problem.unknown) ?? problems[0];
  if (first === undefined) return new Fault('bad-request', `the ${place} is not accepted`);
  const { field, accepted, unknown } = first;
  const message = unknown
    ? `there is no field "${field}" in the ${place}; known: ${accepted}`
    : field === ''
      ? `the ${place} must be ${accepted}`
      : `"${field}" in the ${place} must be ${accepted}`;
  return new Fault('bad-request', message, { details: { in: place, field, accepted } });
}

interface Problem {
  readonly field: string;
  readonly accepted: string;
  readonly unknown: boolean;
}

function describe(schema: z.ZodType, issue: z.core.$ZodIssue): Problem {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema instanceof z.ZodObject ? schema.shape : {};
  if (issue.code === 'unrecognized_keys') {
    return { field: issue.keys[0] ?? '', accepted: Object.keys(shape).join(', '), unknown: true };
  }
  const field = issue.path.map(String).join('.');
  const fieldSchema = shape[field];
  const ownWords = issue.code === 'custom' || issue.code === 'invalid_format';
  if (ownWords) return { field, accepted: issue.message, unknown: false };
  return {
    field,
    accepted: fieldSchema === undefined ? 'a JSON object' : inWords(fieldSchema),
    unknown: false,
  };
}

function inWords(schema: z.core.$ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input' });
  switch (json.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(json.minimum, json.maximum)}`;
    case 'string':
      return `text${json.maxLength === undefined ? ' that is not empty' : ` of 1 to ${json.maxLength} characters`}`;
    default:
      return String(json.type);
  }
}

function range(from: number | undefined, to: number | undefined): string {
  const last = to === undefined || to === Number.MAX_SAFE_INTEGER ? '' : ` to ${to}`;
  return from === undefined ? last : ` from ${from}${last}`;
}
