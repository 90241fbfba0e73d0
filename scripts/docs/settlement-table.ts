/** The settlement of an unknown promotion: its rules in order, and what they come to for all that can be seen. */
import { type Side, settlementTable, settlePromotion } from '../../src/core/execution/settle-promotion.ts';
import { code, table } from './markdown.ts';

const sides: readonly Side[] = ['writable', 'read-only', 'unreachable'];

export function settlementRules(): string {
  const rows = settlementTable.map(({ id, verdict, because }, index) => [
    String(index + 1),
    code(id),
    code(verdict),
    because,
  ]);
  return table(['', 'rule', 'verdict', 'because'], rows);
}

/** For a promotion that was begun and whose end is not on record. */
export function settlementMatrix(): string {
  const rows = sides.map((old) => [
    `old primary ${old}`,
    ...sides.map((candidate) => {
      const { verdict, id } = settlePromotion({ started: true, done: false, old, candidate, follows: true });
      return `${code(verdict)} (${id})`;
    }),
  ]);
  return table(['', ...sides.map((candidate) => `candidate ${candidate}`)], rows);
}
