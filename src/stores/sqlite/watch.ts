/** Replays the history to one watcher, from the file: what a slow watcher has not taken yet takes no memory. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bell } from '../../core/bell.ts';
import type { Revision, WatchEvent } from '../../core/store.ts';
import type { Ledger } from './ledger.ts';
import { prefixEnd } from './prefix-range.ts';

/** Events in memory at once, per watcher. */
const batchEvents = 256;
/** Changes looked through without letting others run; bounds the time spent when few of them match. */
const windowChanges = 2048;

interface Cursor {
  readonly prefix: string;
  readonly fromRevision: Revision;
  /** Everything up to this change has been dealt with; undefined before the first look. */
  readonly afterChange: number | undefined;
}

type Batch =
  | { readonly kind: 'lost'; readonly revision: Revision }
  | {
      readonly kind: 'events';
      readonly events: readonly WatchEvent[];
      readonly afterChange: number;
      readonly more: boolean;
    };

function nextBatch(ledger: Ledger, cursor: Cursor): Batch {
  return ledger.readHistory((counters): Batch => {
    const { fromRevision, prefix } = cursor;
    const lost =
      cursor.afterChange === undefined
        ? fromRevision <= counters.compactedRevision && counters.compactedRevision > 0
        : cursor.afterChange < counters.compactedChange;
    if (lost) return { kind: 'lost', revision: counters.compactedRevision + 1 };
    const first = (): number => ledger.history.firstChangeSince(fromRevision) ?? counters.change + 1;
    const afterChange = cursor.afterChange ?? first() - 1;
    const upToChange = Math.min(counters.change, afterChange + windowChanges);
    const range = {
      from: prefix,
      end: prefixEnd(prefix),
      fromRevision,
      afterChange,
      upToChange,
      limit: batchEvents,
    };
    const changes = ledger.history.read(range);
    const reached = changes.length === batchEvents ? (changes.at(-1)?.change ?? upToChange) : upToChange;
    const events = changes.map((change) => change.event);
    return { kind: 'events', events, afterChange: reached, more: reached < counters.change };
  });
}

export interface WatchOptions {
  readonly prefix: string;
  readonly fromRevision: Revision;
  /** Aborted by the watcher or by the store's closing. */
  readonly signal: AbortSignal;
}

export async function* watchHistory(
  ledger: Ledger,
  bell: Bell,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const { prefix, fromRevision, signal } = options;
  let afterChange: number | undefined;
  while (!signal.aborted) {
    const batch = nextBatch(ledger, { prefix, fromRevision, afterChange });
    if (batch.kind === 'lost') {
      yield { kind: 'compacted', revision: batch.revision };
      return;
    }
    afterChange = batch.afterChange;
    for (const event of batch.events) {
      if (signal.aborted) return;
      yield event;
    }
    // Between a look that found nothing and the wait nothing else may run, or a change is slept through.
    if (batch.more) await nextTurn();
    else if (batch.events.length === 0) await bell.wait(signal);
  }
}
