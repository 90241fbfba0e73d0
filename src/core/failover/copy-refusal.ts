/** Why one server cannot become a copy of another, by what is known of both. Undefined when nothing stands in the way. */

import type { Observation, Version } from '../observation.ts';

type Copied = Pick<Observation, 'engine' | 'version'>;

/**
 * Data files are those of a series. MySQL's clone demands the very same release up to 8.0.36:
 * https://dev.mysql.com/doc/refman/8.0/en/clone-plugin-remote.html
 */
export function copyRefusal(server: Copied, donor: Copied): string | undefined {
  const [own, theirs] = [server.version, donor.version];
  const series = own.major === theirs.major && own.minor === theirs.minor;
  const release = series && own.patch === theirs.patch;
  const exact = server.engine === 'mysql' && (demandsRelease(own) || demandsRelease(theirs));
  if (exact ? release : series) return undefined;
  return `its version is ${own.text}, and ${theirs.text} cannot be copied to it`;
}

const demandsRelease = ({ major, minor, patch }: Version): boolean =>
  major === 8 && minor === 0 && patch < 37;

export interface CopyRoom {
  /** What the donor's data takes, bytes. */
  readonly needed: number;
  /** On the disk of the server that is to be the copy. */
  readonly free: number;
  /** What goes before, or while, the copy is made. */
  readonly freed: number;
}

/** For what both write meanwhile, and for logs that are made anew. */
const margin = 1.05;
const mebi = 1024 * 1024;

export function roomRefusal({ needed, free, freed }: CopyRoom): string | undefined {
  const wanted = needed * margin;
  if (free + freed >= wanted) return undefined;
  const mib = (bytes: number): string => `${Math.ceil(bytes / mebi)} MiB`;
  return `the copy needs ${mib(wanted)} on its disk, and ${mib(free + freed)} are there`;
}
