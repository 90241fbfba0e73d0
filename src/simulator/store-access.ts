/**
 * The store as one controller process reaches it: every call takes a moment each way, may find the store
 * unwritable or out of reach, and is where a process can be made to die, before a commit or right after it.
 */
import { Fault } from '../contract/errors.ts';
import type { Store, Transaction } from '../core/store.ts';
import type { ProcessModel } from './process-model.ts';
import type { Random } from './random.ts';

export interface StoreTrouble {
  /** Writes fail; reads work (a full disk). */
  readonly unwritable: boolean;
  /** By process name: nothing arrives, and the caller is told after a while. */
  readonly cutOff: Set<string>;
  /** Asked at every commit that arrives: what is to happen to its caller. */
  onCommit(
    process: ProcessModel,
    transaction: Transaction,
  ): 'die-before' | 'die-after' | 'lose-answer' | undefined;
  /** A commit has been made; seen before its caller knows. */
  committed(process: ProcessModel, transaction: Transaction): void;
  /** A commit was not made, because the store could not be written or reached. */
  refused(transaction: Transaction): void;
}

/** How long a call to a store that is out of reach takes to fail. */
const cutOffMs = 1000;
const oneWayMs: readonly [number, number] = [0.02, 0.3];

const unavailable = (why: string): Fault => new Fault('store-unavailable', why);

export interface StoreAccessParts {
  readonly store: Store;
  readonly process: ProcessModel;
  readonly trouble: StoreTrouble;
  readonly random: Random;
}

export function storeAccess(parts: StoreAccessParts): Store {
  const { store } = parts;
  const call = <T>(work: () => Promise<T>, writes: boolean, transaction?: Transaction): Promise<T> =>
    travel(parts, { work, writes, transaction });
  return {
    get: (key) => call(() => store.get(key), false),
    range: (prefix, options) => call(() => store.range(prefix, options), false),
    commit: (transaction) => call(() => commit(parts, transaction), true, transaction),
    grantLease: (ttlMs) => call(() => store.grantLease(ttlMs), true),
    keepAlive: (lease) => call(() => store.keepAlive(lease), true),
    revokeLease: (lease) => call(() => store.revokeLease(lease), true),
    watch: (prefix, fromRevision, signal) => store.watch(prefix, fromRevision, signal),
    close: () => Promise.resolve(),
  };
}

interface Request<T> {
  work(): Promise<T>;
  readonly writes: boolean;
  readonly transaction: Transaction | undefined;
}

/** There and back again, each way in its own time. */
function travel<T>({ process, trouble, random }: StoreAccessParts, request: Request<T>): Promise<T> {
  const { clock } = process;
  const answered = Promise.withResolvers<T>();
  const { ok, fail } = process.answer(answered);
  const refuse = (): void => {
    if (request.transaction) trouble.refused(request.transaction);
  };
  if (trouble.cutOff.has(process.name)) {
    refuse();
    clock.after(cutOffMs, () => fail(unavailable('the store is out of reach')));
    return answered.promise;
  }
  clock.after(random.between(...oneWayMs), () => {
    if (process.dead) return;
    const full = request.writes && trouble.unwritable;
    if (full) refuse();
    const done = full ? Promise.reject(unavailable('no space left')) : request.work();
    clock.touched = true;
    done.then(
      (value) => clock.after(random.between(...oneWayMs), () => ok(value)),
      (thrown: unknown) => clock.after(random.between(...oneWayMs), () => fail(thrown)),
    );
  });
  return answered.promise;
}

async function commit(parts: StoreAccessParts, transaction: Transaction): ReturnType<Store['commit']> {
  const { store, process, trouble } = parts;
  const fate = trouble.onCommit(process, transaction);
  if (fate === 'die-before') {
    process.die();
    return Promise.withResolvers<never>().promise;
  }
  const answer = await store.commit(transaction);
  if (answer.ok) trouble.committed(process, transaction);
  if (fate === 'die-after') process.die();
  if (fate === 'lose-answer') throw unavailable('the answer did not arrive');
  return answer;
}
