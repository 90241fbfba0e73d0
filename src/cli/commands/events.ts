/** `dauphin events`: a line for each, until it is interrupted. */
import type { ControlEvent } from '../../contract/event-schema.ts';
import type { JournalEvent } from '../../core/operation.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { errorText, progressText } from '../journal-line.ts';
import { oneLine } from '../one-line.ts';
import { durationText, instantText } from '../time-text.ts';
import { watchEvents } from '../watch-events.ts';

export interface EventOptions {
  readonly operation?: string;
  readonly after?: number;
}

export async function events(
  { io, client, json, print }: CommandContext,
  _none: readonly [],
  options: EventOptions,
): Promise<ExitCode> {
  const { operation, after } = options;
  const notices = watchEvents(client, {
    signal: io.signal ?? new AbortController().signal,
    ...(operation === undefined ? {} : { operation }),
    ...(after === undefined ? {} : { after }),
  });
  let away = false;
  for await (const notice of notices) {
    if (notice.kind === 'event') print(json ? `${JSON.stringify(notice.event)}\n` : eventText(notice.event));
    if (notice.kind === 'lost' && !away) {
      io.stderr.write(`dauphin: ${oneLine(notice.fault.message)}; trying to reach it again\n`);
    }
    away = notice.kind === 'lost';
  }
  return exitCodes.done;
}

export function eventText(event: ControlEvent): string {
  const revision = `#${event.revision}`.padEnd(7);
  switch (event.kind) {
    case 'compacted':
      return `${revision} older events are gone\n`;
    case 'operation': {
      const { id, kind, cluster, status, outcome } = event.operation;
      const summary = outcome === undefined ? '' : `: ${oneLine(outcome.summary)}`;
      return `${revision} ${id}  ${kind} of ${cluster} ${status}${summary}\n`;
    }
    case 'journal': {
      const { operation, at, what } = event.entry;
      return `${revision} ${operation}  ${instantText(at)}  ${journalEventText(what)}\n`;
    }
    default:
      return event satisfies never;
  }
}

function journalEventText(event: JournalEvent): string {
  switch (event.event) {
    case 'step-started':
    case 'undo-started':
      return `${event.event} ${event.step}`;
    case 'step-done':
    case 'undo-done':
      return `${event.event} ${event.step}  ${durationText(event.ms)}`;
    case 'step-progress':
      return `${event.event} ${event.step}  ${progressText(event)}`;
    case 'step-failed':
    case 'undo-failed':
      return `${event.event} ${event.step}  ${durationText(event.ms)}  ${errorText(event.error)}`;
    case 'rolling-back':
      return `${event.event}  ${errorText(event.cause)}`;
    case 'resumed':
      return `${event.event}  ${oneLine(event.note)}`;
    case 'abandoned':
      return `${event.event} by ${oneLine(event.by)}  ${oneLine(event.reason)}${event.candidateDown ? '; its candidate is down' : ''}`;
    case 'finished':
      return `${event.event} ${event.status}  ${oneLine(event.summary)}`;
    default:
      return event satisfies never;
  }
}
