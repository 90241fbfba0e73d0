/** The story of an operation, from its plan and its journal: for the day after, when someone asks what happened. */
import type { JournalEntry, JournalEvent, Operation } from '../core/operation.ts';
import { givenUpText, journalLine, progressText, stepNames } from './journal-line.ts';
import { judgementLines } from './judgement-lines.ts';
import { oneLine } from './one-line.ts';
import type { Palette } from './palette.ts';
import { outcomeText, statusPaint } from './print-outcome.ts';
import { durationText, instantText } from './time-text.ts';

const offsetWidth = 12;

export function storyText(operation: Operation, journal: readonly JournalEntry[], palette: Palette): string {
  const timeline = timelineLines(operation, journal, palette);
  return [
    ...headerLines(operation, palette),
    ...(timeline.length === 0 ? [] : ['', ...timeline]),
    '',
    outcomeText(operation, palette).trimEnd(),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function headerLines(operation: Operation, palette: Palette): readonly string[] {
  const { id, kind, cluster, plan, status, requestedBy, requestedAt, finishedAt, resumed, abandoned } =
    operation;
  const roles = plan === undefined ? [] : [plan.title ?? `${plan.from.name} → ${plan.to.name}`];
  const title = [id, `${kind} of ${cluster}`, ...roles].join(' · ');
  const ended = finishedAt === undefined ? '' : `; ended after ${durationText(finishedAt - requestedAt)}`;
  const times = resumed === 1 ? 'once' : `${resumed} times`;
  return [
    `${palette.strong(title)} · ${statusPaint(status, palette)(status)}`,
    `asked by ${oneLine(requestedBy)} at ${instantText(requestedAt)}${ended}`,
    ...(plan === undefined ? [] : [`guarantee: ${oneLine(plan.guarantee)}`]),
    ...(plan?.judgement === undefined ? [] : judgementLines(plan.judgement, plan.from.name, palette)),
    ...(resumed === 0 ? [] : [`taken up again ${times} after its controller had died`]),
    // The word that holds: one that was given after the operation had ended is in no other line.
    ...(abandoned === undefined ? [] : [givenUpText(abandoned)]),
  ];
}

/** In the order in which things began; each with the time since the request and what it took. */
function timelineLines(
  { plan, requestedAt }: Operation,
  journal: readonly JournalEntry[],
  palette: Palette,
): readonly string[] {
  const nameOf = stepNames(plan);
  return happenings(journal).map(({ at, event }) => {
    const offset = `+${durationText(Math.max(0, at - requestedAt))}`.padStart(offsetWidth);
    const text =
      journalLine(event, nameOf, { palette, positions: true }) ??
      unfinishedText(event, (step) => nameOf(step).label);
    return `${palette.faint(offset)}  ${text}`;
  });
}

/** Begun, and never heard of again: it still runs, or its controller died in it. */
function unfinishedText(event: JournalEvent, labelOf: (step: string) => string): string {
  if (!('step' in event)) return '';
  const far = event.event === 'step-progress' ? `${progressText(event)}; ` : '';
  return `… ${labelOf(event.step)}  ${far}${event.event === 'undo-started' ? 'undoing, no end known' : 'no end known'}`;
}

interface Happening {
  readonly at: number;
  readonly event: JournalEvent;
}

/** Each beginning is replaced by its end, in the beginning's place. */
function happenings(journal: readonly JournalEntry[]): readonly Happening[] {
  const found: Happening[] = [];
  const begun = new Map<string, number>();
  for (const { at, what: event } of journal) {
    if (event.event === 'finished') continue;
    const key = keyOf(event);
    const place = key === undefined ? undefined : begun.get(key);
    if (event.event === 'step-started' || event.event === 'undo-started') {
      begun.set(key ?? '', found.push({ at, event }) - 1);
    } else if (key !== undefined && place !== undefined) {
      found[place] = { at: found[place]?.at ?? at, event };
      if (event.event !== 'step-progress') begun.delete(key);
    } else {
      found.push({ at, event });
    }
  }
  return found;
}

function keyOf(event: JournalEvent): string | undefined {
  return 'step' in event ? `${event.event.split('-')[0]} ${event.step}` : undefined;
}
