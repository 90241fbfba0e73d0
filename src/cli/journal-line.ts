/** One line of the journal in the words of its plan: for the progress of a running operation and for its story. */
import type { AbandonWord, JournalEvent, StepOutput, StepProgress } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import { oneLine } from './one-line.ts';
import type { Palette } from './palette.ts';
import { durationText } from './time-text.ts';

export interface NamedStep {
  /** `4 freeze     db1 read-only`, padded so that what follows stands in one column. */
  readonly label: string;
  readonly title: string;
}

const phaseWidth = 10;
/** A longer title pushes its own line's end out of the column, not that of all the others. */
const widestTitle = 44;

/** Names the steps of a plan; one that the plan does not know (there is none, or it is newer) goes by its id. */
export function stepNames(plan: Plan | undefined): (id: string) => NamedStep {
  const steps = plan?.steps ?? [];
  const numbers = new Map(
    [...new Set(steps.map(({ phase }) => phase))].map((phase, index) => [phase, index + 1]),
  );
  const width = Math.min(widestTitle, Math.max(0, ...steps.map(({ title }) => oneLine(title).length)));
  const names = new Map(
    steps.map(({ id, phase, title }) => {
      const text = oneLine(title);
      return [
        id,
        { title: text, label: `${numbers.get(phase)} ${phase.padEnd(phaseWidth)} ${text.padEnd(width)}` },
      ];
    }),
  );
  return (id) =>
    names.get(id) ?? { title: oneLine(id), label: `  ${oneLine(id)}`.padEnd(phaseWidth + 3 + width) };
}

export interface JournalPrinting {
  readonly palette: Palette;
  /** Also tell the positions that steps gave: evidence, but too long to read while waiting. */
  readonly positions: boolean;
}

/** Undefined for what begins, goes on, and ends the operation: those are shown in other ways. */
export function journalLine(
  event: JournalEvent,
  nameOf: (id: string) => NamedStep,
  { palette, positions }: JournalPrinting,
): string | undefined {
  switch (event.event) {
    case 'step-started':
    case 'step-progress':
    case 'undo-started':
    case 'finished':
      return undefined;
    case 'step-done':
      return line(palette.good('✓'), nameOf(event.step).label, event.ms, outputText(event.output, positions));
    case 'step-failed':
      return line(palette.bad('✗'), nameOf(event.step).label, event.ms, errorText(event.error));
    case 'undo-done':
      return line(palette.caution('↶'), nameOf(event.step).label, event.ms, 'undone');
    case 'undo-failed':
      return line(
        palette.bad('✗'),
        nameOf(event.step).label,
        event.ms,
        `not undone: ${errorText(event.error)}`,
      );
    case 'rolling-back':
      return `${palette.caution('↶')} rolling back: ${errorText(event.cause)}`;
    case 'resumed':
      return `${palette.caution('↻')} taken up again: ${oneLine(event.note)}`;
    case 'abandoned':
      return `${palette.bad('✗')} ${givenUpText(event)}`;
    default:
      return event satisfies never;
  }
}

/** `612 of 1365 slots, 40112 keys, 8000 keys/s` */
export function progressText({ slotsDone, slots, keysMoved, keysPerSecond }: StepProgress): string {
  return `${slotsDone} of ${slots} slots, ${keysMoved} keys, ${keysPerSecond} keys/s`;
}

function line(mark: string, label: string, ms: number | undefined, remark: string): string {
  const took = ms === undefined ? '' : durationText(ms).padStart(8);
  return `${mark} ${label}  ${took.padEnd(8)}  ${remark}`.trimEnd();
}

export function givenUpText({ by, reason, candidateDown }: AbandonWord): string {
  const down = candidateDown ? '; its candidate is down' : '';
  return `given up by ${oneLine(by)}: ${oneLine(reason)}${down}`;
}

export function errorText({ code, message }: { readonly code: string; readonly message: string }): string {
  return `${oneLine(message)} (${oneLine(code)})`;
}

function outputText(output: StepOutput | undefined, positions: boolean): string {
  const { position, endedSessions = 0, note } = output ?? {};
  const parts = [
    endedSessions === 0 ? undefined : `${endedSessions} session${endedSessions === 1 ? '' : 's'} ended`,
    note,
    positions && position !== undefined ? `at ${position === '' ? 'the start' : position}` : undefined,
  ];
  return oneLine(parts.filter((part) => part !== undefined).join('; '));
}
