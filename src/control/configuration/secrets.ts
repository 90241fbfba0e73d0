/** Where passwords come from, so that none need be in the file: the environment, and files of their own. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
  readText(path: string): string;
}

export function systemSurroundings(folder: string): Surroundings {
  return { environment: process.env, folder, readText: (path) => readFileSync(path, 'utf8') };
}

/** Text in which `${NAME}` stands for a variable of the environment. */
export function expandable(description: string, { environment }: Surroundings) {
  return z
    .string()
    .transform((text, context) => {
      const missing = new Set<string>();
      const expanded = text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
        const value = environment[name];
        if (value === undefined) missing.add(name);
        return value ?? '';
      });
      for (const name of missing) {
        context.issues.push({ code: 'custom', message: `the environment has no ${name}`, input: text });
      }
      return expanded;
    })
    .meta({ description, takes: `text, \`\${NAME}\` for a variable of the environment` });
}

/** A whole file. */
export function contentOf(description: string, { folder, readText }: Surroundings) {
  return fileKey(description, { folder, readText }, (text) => text);
}

/** A file's first line: editors end it with a line break, which is no part of a password. */
export function firstLineOf(description: string, { folder, readText }: Surroundings) {
  return fileKey(description, { folder, readText }, (text) => text.split(/\r?\n/)[0] ?? '');
}

/** A path, absolute when it is read. */
export function pathKey(description: string, { folder }: Surroundings) {
  return z
    .string()
    .min(1)
    .transform((path) => resolve(folder, path))
    .meta({ description, takes: 'path' });
}

function fileKey(
  description: string,
  { folder, readText }: Pick<Surroundings, 'folder' | 'readText'>,
  part: (text: string) => string,
) {
  return z
    .string()
    .transform((path, context) => {
      try {
        return part(readText(resolve(folder, path)));
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        context.issues.push({ code: 'custom', message: `cannot be read: ${why}`, input: path });
        return z.NEVER;
      }
    })
    .meta({ description, takes: 'path' });
}
