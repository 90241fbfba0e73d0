/** Operations and journals as they lie in the store, and reading them back. */

import { journalEntrySchema, operationSchema } from '../../contract/operation-schema.ts';
import type { OperationId } from '../../core/identity.ts';
import type { JournalEntry, Operation } from '../../core/operation.ts';
import type { Entry, Store, Write } from '../../core/store.ts';
import type { Holder } from './holder.ts';
import { keys } from './keys.ts';

export const operationWrite = (operation: Operation): Write => ({
  put: keys.operation(operation.id),
  value: JSON.stringify(operation),
});

/** Who runs which operation on a cluster. */
interface OpenOperation {
  readonly operation: string;
  readonly holder: string;
  /** A machine has crashed under it since it began: its journal may lack lines, whoever takes it up. */
  readonly incomplete?: true;
}

export const openWrite = ({ id, cluster }: Operation, holder: Holder, complete = true): Write => {
  const open: OpenOperation = {
    operation: id,
    holder: holder.name,
    ...(complete ? {} : { incomplete: true }),
  };
  return { put: keys.open(cluster), value: JSON.stringify(open) };
};

export const openOperation = (entry: Entry): OpenOperation => JSON.parse(entry.value) as OpenOperation;

export const readOperation = (entry: Entry): Operation => operationSchema.parse(JSON.parse(entry.value));

export const readJournalEntry = (entry: Entry): JournalEntry =>
  journalEntrySchema.parse(JSON.parse(entry.value));

export async function findOperation(store: Store, id: OperationId): Promise<Operation | undefined> {
  const entry = await store.get(keys.operation(id));
  return entry && readOperation(entry);
}

/** Among how many those of one cluster are looked for. */
const mostRead = 10_000;

/** Newest first: ids sort by the time they were made. */
export async function listOperations(
  store: Store,
  { cluster, limit }: { readonly cluster?: string; readonly limit: number },
): Promise<readonly Operation[]> {
  const read = cluster === undefined ? limit : mostRead;
  const { entries } = await store.range(keys.operations, { limit: read, reverse: true });
  return entries
    .map(readOperation)
    .filter((operation) => cluster === undefined || operation.cluster === cluster)
    .slice(0, limit);
}

export async function readJournal(store: Store, id: OperationId): Promise<readonly JournalEntry[]> {
  const { entries } = await store.range(keys.journal(id));
  return entries.map(readJournalEntry);
}
