/** Changes in the store, as the events that people and programs follow. */
import type { Revision, Store } from '../core/store.ts';
import type { ControlEvent } from './control-plane.ts';
import { keys } from './operations/keys.ts';
import { readJournalEntry, readOperation } from './operations/records.ts';

export interface FeedOptions {
  /** Inclusive: one revision may hold several events, and a reader may have been cut off between them. */
  readonly fromRevision?: Revision;
  readonly operation?: string;
  readonly signal: AbortSignal;
}

export async function* eventFeed(store: Store, options: FeedOptions): AsyncIterable<ControlEvent> {
  const from = options.fromRevision ?? (await store.range(keys.operations, { limit: 1 })).revision + 1;
  for await (const change of store.watch('/', from, options.signal)) {
    if (change.kind === 'compacted') yield change;
    if (change.kind !== 'put') continue;
    const { entry, revision } = change;
    if (entry.key.startsWith(keys.operations)) {
      const operation = readOperation(entry);
      if (concerns(options, operation.id)) yield { kind: 'operation', revision, operation };
    } else if (entry.key.startsWith(keys.allJournals)) {
      const line = readJournalEntry(entry);
      if (concerns(options, line.operation)) yield { kind: 'journal', revision, entry: line };
    }
  }
}

const concerns = (options: FeedOptions, operation: string): boolean =>
  options.operation === undefined || options.operation === operation;
