/** Every key of the configuration file with its type, default and meaning, read off the schema itself. */
import { z } from 'zod';
import { configurationSchema } from './configuration-schema.ts';
import { children, core, element, layers } from './schema-walk.ts';

export interface KeyDescription {
  /** `clusters[].switchover.grace`. */
  readonly path: string;
  readonly type: string;
  /** As it would be written; undefined where there is none. */
  readonly default?: string;
  readonly required: boolean;
  readonly meaning: string;
  /** It has keys of its own, which follow. */
  readonly group: boolean;
}

export function describeConfiguration(): readonly KeyDescription[] {
  const nothing = { environment: {}, folder: '', readText: () => '' };
  return describe(configurationSchema(nothing), '');
}

function describe(schema: z.core.$ZodType, prefix: string): readonly KeyDescription[] {
  return children(schema).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const item = element(child);
    const below = item === undefined ? describe(child, `${path}.`) : describe(item, `${path}[].`);
    return [describeKey(child, path, below.length > 0), ...below];
  });
}

function describeKey(schema: z.core.$ZodType, path: string, group: boolean): KeyDescription {
  const all = layers(schema);
  const byDefault = all.find((layer) => layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault);
  const optional = all.some((layer) => layer instanceof z.ZodOptional || layer instanceof z.ZodExactOptional);
  const written = byDefault && writtenDefault(byDefault.def.defaultValue);
  return {
    path,
    type: metadata(schema, 'takes') ?? typeOf(core(schema)),
    ...(written === undefined ? {} : { default: written }),
    required: byDefault === undefined && !optional,
    meaning: metadata(schema, 'description') ?? '',
    group,
  };
}

/** The default of a group is the defaults of its keys. */
function writtenDefault(value: unknown): string | undefined {
  const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isGroup ? undefined : typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function metadata(schema: z.core.$ZodType, field: 'description' | 'takes'): string | undefined {
  for (const layer of layers(schema)) {
    const found = z.globalRegistry.get(layer)?.[field];
    if (typeof found === 'string') return found;
  }
  return undefined;
}

function typeOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) {
    return [...(schema instanceof z.ZodEnum ? schema.options : schema.values)]
      .map((word) => `\`${String(word)}\``)
      .join(' or ');
  }
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodObject) return 'keys';
  if (schema instanceof z.ZodNumber) return 'whole number';
  if (schema instanceof z.ZodBoolean) return '`true` or `false`';
  return 'text';
}
