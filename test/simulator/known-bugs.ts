/**
 * What the simulator has found in production code and is not mended yet. While a bug is listed here, the troubles
 * that lead to it are left out of the random runs, and its grid cells and named seeds are skipped with its reason.
 * Mending one means deleting its line.
 */
import type { TroubleKind } from './random-scenario.ts';

export interface KnownBug {
  readonly id: string;
  readonly reason: string;
  /** Left out of random runs. */
  readonly troubles: readonly TroubleKind[];
  /** Names of misfortunes of the grid, with the steps where they meet it; all steps where none are named. */
  readonly cells: readonly { readonly misfortune: string; readonly steps?: readonly string[] }[];
}

export const knownBugs: readonly KnownBug[] = [];

export function bugOf(misfortune: string, step: string): KnownBug | undefined {
  return knownBugs.find(({ cells }) =>
    cells.some((cell) => cell.misfortune === misfortune && (cell.steps?.includes(step) ?? true)),
  );
}

export function withoutKnownBugs(kinds: readonly TroubleKind[]): readonly TroubleKind[] {
  const excluded = new Set(knownBugs.flatMap(({ troubles }) => troubles));
  return kinds.filter((kind) => !excluded.has(kind));
}
