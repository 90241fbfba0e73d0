/** Text files of the project, for tests that look into them. */
import { readdirSync, readFileSync } from 'node:fs';
import { root } from './pages.ts';

export interface SourceFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

export function filesUnder(folder: string, wanted: (path: string) => boolean): readonly SourceFile[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\/+/, ''))
    .filter(wanted)
    .sort()
    .map(readProjectFile);
}

export function readProjectFile(path: string): SourceFile {
  return { path, text: readFileSync(`${root}/${path}`, 'utf8') };
}
