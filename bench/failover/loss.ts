/** Does what the operation says of lost writes agree with what was lost? */
import type { Loss } from '../../src/core/operation.ts';

export interface LossFacts {
  /** What the operation says; absent when it said nothing. */
  readonly reported?: Loss | undefined;
  /** Acknowledged writes that are not on the new primary. */
  readonly lost: number;
  /** Transactions that only the old primary has, counted on its disk; absent when nobody looked. */
  readonly onlyOld?: number | undefined;
  /** What the rejoin says of the same. */
  readonly surplus?: number | undefined;
}

/** What does not agree, in words; nothing when all does. */
export function disagreements({ reported, lost, onlyOld, surplus }: LossFacts): readonly string[] {
  const wrong: string[] = [];
  if (reported === undefined) wrong.push('the operation says nothing of losses');
  if (reported?.verdict === 'none' && lost > 0) {
    wrong.push(`the operation says that nothing was lost, and ${lost} acknowledged writes were`);
  }
  if (onlyOld !== undefined && onlyOld < lost) {
    wrong.push(`${lost} writes were lost, and the old primary has only ${onlyOld} of its own`);
  }
  // Named as missing while the primary was dead: on its disk they must be found.
  if (onlyOld !== undefined && reported?.verdict === 'known' && reported.transactions > onlyOld) {
    wrong.push(`${reported.transactions} are said to be missing, the old primary has ${onlyOld} of its own`);
  }
  if (onlyOld !== undefined && surplus !== onlyOld) {
    wrong.push(`the rejoin says ${surplus ?? 'nothing'}, the old primary has ${onlyOld} of its own`);
  }
  return wrong;
}
