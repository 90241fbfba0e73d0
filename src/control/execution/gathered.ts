/** What survivors have received, by the steps that stopped them. */

import type { PositionOf } from '../../core/plan.ts';
import { type Position, type PositionAlgebra, position } from '../../core/positions.ts';
import type { Run } from './run.ts';

/** Of those that said so. */
export function gatheredOf(references: readonly PositionOf[], run: Run): readonly Position[] {
  return references.flatMap(({ step }) => {
    const text = run.outputs.get(step)?.position;
    return text === undefined ? [] : [position(text)];
  });
}

export function unionOf(positions: readonly Position[], algebra: PositionAlgebra): Position | undefined {
  const [first, ...rest] = positions;
  return first && rest.reduce((a, b) => algebra.union(a, b), first);
}
