/** Walks the configuration's schema: what lies at a path, and what is known of it. */
import { z } from 'zod';

/** What is around a schema (defaults, optionality, transformations), outermost first, and the schema itself last. */
export function layers(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = innerOf(schema);
  return inner === undefined ? [schema] : [schema, ...layers(inner)];
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap();
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) return schema.unwrap();
  return undefined;
}

export function core(schema: z.core.$ZodType): z.core.$ZodType {
  return layers(schema).at(-1) ?? schema;
}

export function children(schema: z.core.$ZodType): readonly [string, z.core.$ZodType][] {
  const bare = core(schema);
  return bare instanceof z.ZodObject ? Object.entries(bare.shape) : [];
}

export function element(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const bare = core(schema);
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

/** The keys that may stand at `path`; none where the path leads out of the schema. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [next, ...rest] = path;
  if (next === undefined) return children(schema).map(([key]) => key);
  const below =
    typeof next === 'number' ? element(schema) : children(schema).find(([key]) => key === next)?.[1];
  return below === undefined ? [] : keysAt(below, rest);
}
