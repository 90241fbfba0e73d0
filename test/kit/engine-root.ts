/** Servers that scripts/prepare/engine-roots.mjs unpacks beside the system. */
import { existsSync, readFileSync } from 'node:fs';
import { enginesCache } from './project.ts';

export interface EngineRoot {
  readonly folder: string;
  /** Why it is not on this machine; undefined when it is. Looked at when it is asked for. */
  unavailable(): string | undefined;
}

/** `name` is for people, `label` the folder's name, `need` what scripts/run.mjs calls it. */
export function engineRoot(name: string, label: string, need: string): EngineRoot {
  const folder = `${enginesCache}/${label}`;
  return {
    folder,
    unavailable: () => {
      if (existsSync(`${folder}/.complete`)) return undefined;
      const note = `${folder}-unavailable`;
      return existsSync(note)
        ? readFileSync(note, 'utf8')
        : `${name} is not unpacked: run through \`node scripts/run.mjs --needs ${need}\``;
    },
  };
}
