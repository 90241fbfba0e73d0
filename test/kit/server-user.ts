/** Whom the database servers run as. */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ServerUser {
  /** For file names: whose data this is. */
  readonly label: string;
  /** To switch to before the program starts; undefined: stay who we are. */
  readonly switchTo?: { readonly name: string; readonly uid: number; readonly gid: number };
  /** What the servers must be told. They refuse to run as root unless root is named. */
  readonly args: readonly string[];
}

/**
 * As root: the account `mysql`, as on a real host, unless it cannot reach the folder (a project under /root, say);
 * then root itself. Otherwise: whoever runs this.
 */
export function serverUser(folder: string): ServerUser {
  if (process.getuid?.() !== 0) return { label: `uid${process.getuid?.() ?? 0}`, args: [] };
  const mysql = lookUp('mysql');
  if (mysql === undefined || !othersCanEnter(folder)) return { label: 'root', args: ['--user=root'] };
  return { label: 'mysql', switchTo: mysql, args: [] };
}

function lookUp(name: string): { name: string; uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

function othersCanEnter(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
