/** Was every acknowledged write kept, and kept once? Asked of the server that is the primary now. */
import { durationText } from '../src/cli/time-text.ts';
import type { DatabaseServer } from '../test/kit/database-server.ts';
import { verifyWrites } from '../test/kit/verify-writes.ts';
import type { WriterStats } from '../test/kit/writer-protocol.ts';
import type { Screen } from './screen.ts';
import { CLUSTER, type Stage } from './stage.ts';
import type { SeenPause } from './writes-view.ts';

export interface Tally {
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly primary: string;
}

/** Of these writes; others may still be under way. Throws when the cluster has no primary that answers. */
export async function tally(ids: readonly string[], stage: Stage): Promise<Tally> {
  const primary = await primaryOf(stage);
  const { acknowledged, lost, duplicated } = await verifyWrites(ids, primary);
  return { acknowledged, lost: lost.length, duplicated: duplicated.length, primary: primary.name };
}

export const isWhole = ({ acknowledged, lost, duplicated }: Tally): boolean =>
  acknowledged > 0 && lost === 0 && duplicated === 0;

export function showPause(screen: Screen, { ms, from, to }: SeenPause): void {
  const meaning = `last write acknowledged by ${from} to first one by ${to}`;
  screen.figure(`${durationText(ms)} pause`, meaning, true);
}

export function showTally(screen: Screen, found: Tally, { refused, unknown }: WriterStats): void {
  const { acknowledged, lost, duplicated, primary } = found;
  screen.figure(`${acknowledged} acknowledged`, 'writes since the application began', acknowledged > 0);
  screen.figure(`${lost} lost`, `acknowledged, but not on ${primary}`, lost === 0);
  screen.figure(`${duplicated} duplicated`, `more than once on ${primary}`, duplicated === 0);
  const meaning = `${refused} refused, ${unknown} cut off: it came in again and wrote on`;
  screen.figure(`${refused + unknown} not acknowledged`, meaning, true);
}

/** The server that takes the writes, as the controller sees it. Throws when there is none that answers. */
export async function primaryOf({ cluster, controller }: Stage): Promise<DatabaseServer> {
  const { nodes } = await controller.topology(CLUSTER);
  const primary = nodes.find((node) => node.role === 'primary' && node.reachable);
  if (primary === undefined) throw new Error('the cluster has no primary that answers');
  return cluster.server(primary.name);
}
