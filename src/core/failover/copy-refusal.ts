/** Why a disk has no room for a copy, by what is known of both servers. Undefined when nothing stands in the way. */

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
