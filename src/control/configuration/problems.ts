/** What is wrong with a configuration, in words. Never shows the text of a value that may be a password. */
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { keysAt } from './schema-walk.ts';

export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** It is about the key itself, not about its value. */
  readonly atKey?: boolean;
}

export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  document: unknown,
): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: issue.path, message: explain(issue, valueAt(document, issue.path)) }];
    }
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      // One that is known here is out of place only beside others; the schema says which.
      message: known.includes(key) ? issue.message : unknownKey(key, known),
      atKey: true,
    }));
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `unknown key; there are ${known.join(', ')}`
    : `unknown key; did you mean ${meant}?`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
};

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return 'is required';
  }
  if (value === null) return 'has no value';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}${issue.expected === 'string' ? hint(value) : instead(value)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}${instead(value)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty';
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function hint(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? '; put it in quotes' : '';
}

function instead(value: unknown): string {
  if (typeof value === 'object') return Array.isArray(value) ? ', not a list' : ', not keys with values';
  return `, not ${JSON.stringify(value)}`;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );
}

/** `clusters[0].switchover.grace`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
