/** How an operation ended: what is true now, how long writers were held, and what is left to mend. */
import type { Loss, Operation, OperationStatus } from '../core/operation.ts';
import { amount } from '../core/wording.ts';
import { errorText } from './journal-line.ts';
import { oneLine } from './one-line.ts';
import type { Paint, Palette } from './palette.ts';
import { refusalLines } from './print-refusals.ts';
import { durationText } from './time-text.ts';

const words: Readonly<Record<OperationStatus, string>> = {
  running: 'still running',
  succeeded: 'done',
  'rolled-back': 'rolled back',
  failed: 'failed',
  refused: 'refused',
};

export function statusPaint(status: OperationStatus, palette: Palette): Paint {
  switch (status) {
    case 'succeeded':
      return palette.good;
    case 'failed':
      return palette.bad;
    case 'rolled-back':
    case 'refused':
      return palette.caution;
    case 'running':
      return palette.strong;
    default:
      return status satisfies never;
  }
}

export function outcomeText(operation: Operation, palette: Palette): string {
  const { status, outcome, refusals } = operation;
  const word = statusPaint(status, palette)(words[status]);
  const lines = [
    outcome === undefined ? word : `${word}: ${oneLine(outcome.summary)}`,
    ...(outcome?.cause === undefined ? [] : [`because ${errorText(outcome.cause)}`]),
    ...(outcome?.heldMs === undefined ? [] : [`writers were held for ${durationText(outcome.heldMs)}`]),
    ...(outcome?.loss === undefined ? [] : [lossText(outcome.loss)]),
    ...(outcome?.flags ?? []).flatMap(({ step, server, problem, repair }) => [
      `${palette.caution('!')} ${oneLine(server ?? step)}: ${errorText(problem)}`,
      `  repair: ${oneLine(repair)}`,
    ]),
    ...refusalLines(refusals ?? []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What is lost is named; that nothing is, is said with its reason. */
function lossText({ verdict, transactions, unit, names, because, acceptedBy }: Loss): string {
  const accepted = acceptedBy === undefined ? '' : `; accepted by ${oneLine(acceptedBy)}`;
  const which = names === '' ? '' : `: ${oneLine(names)}`;
  switch (verdict) {
    case 'none':
      return `loss: none; ${oneLine(because)}${accepted}`;
    case 'possible':
      return `loss: none known, and not ruled out; ${oneLine(because)}${accepted}`;
    case 'known':
      return `loss: ${amount({ count: transactions, ...(unit === undefined ? {} : { unit }) })}${which}; ${oneLine(because)}${accepted}`;
    default:
      return verdict satisfies never;
  }
}
