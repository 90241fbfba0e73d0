/**
 * Takes what a server without GTIDs lacks from another replica's log, in a channel of its own: what it knows of its own
 * source stays as it is until all of it is here.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { LinkPlaces, TakeRequest } from '../../core/engine.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { type Position, position } from '../../core/positions.ts';
import { afterwards, thenAlways } from './afterwards.ts';
import type { Dialect } from './dialect.ts';
import { serverErrorNumber } from './driver-errors.ts';
import type { PlaceDialect } from './place-dialect.ts';
import type { Places } from './places.ts';
import type { Replication } from './replication.ts';
import { text } from './rows.ts';
import type { Sessions } from './sessions.ts';

export interface TakeParts {
  readonly dialect: PlaceDialect;
  readonly places: Places;
  readonly replication: Replication;
  readonly sessions: Sessions;
}

type ClockedParts = TakeParts & { readonly clock: Clock };

/** `schema`: where the book of replays is kept. */
export function linkPlaces(parts: ClockedParts & { readonly schema: string }): LinkPlaces {
  const { places } = parts;
  return {
    receivedAfter: (after, call) => places.receivedAfter(after, call),
    loggedAfter: (after, call) => places.loggedAfter(after, call),
    lastLogged: async (transactions, near, call) => {
      const replayed = await replayedHere(parts, call);
      return places.lastLogged(transactions, { near, replayed }, call);
    },
    expectFaithful: (call) => places.expectFaithful(call),
    takeFrom: (request, call) => takeFrom(parts, request, call),
    takesFrom: (call) => takesFrom(parts, call),
    replayedFrom: (call) => replayedFrom(parts, call),
    settle: (at, call) => settle(parts, at, call),
  };
}

async function takeFrom(
  { dialect, replication, clock }: ClockedParts,
  { source, from, upTo }: TakeRequest,
  call: Call,
): Promise<void> {
  const left = countdown(clock, call);
  // One that is within a transaction whose rest it never received would keep rows locked that the other has changed.
  await replication.stopAppliers(left());
  const [own] = (await replication.channels(left())).filter(({ name }) => name !== dialect.helper);
  const tls = own === undefined ? {} : { tls: own.tls };
  // By default it would wait a minute after a first try that fails, and that is longer than there is time.
  const settings = { wasPrimary: true, channel: dialect.helper, connectRetrySeconds: 1, ...tls };
  const take = async (): Promise<void> => {
    await replication.follow({ source, settings, at: from }, left());
    await replication.awaitPosition(upTo, left());
  };
  await thenAlways(take, () => replication.stopChannel(dialect.helper, afterwards(left())));
}

async function takesFrom({ dialect, replication }: TakeParts, call: Call): Promise<Address | undefined> {
  return (await replication.channels(call)).find(({ name }) => name === dialect.helper)?.source;
}

/**
 * Throws when it has taken from another replica and nobody has said how far: its own source would send that once more.
 */
export async function expectSettled(
  { places }: Pick<Dialect, 'places'>,
  replication: Replication,
  call: Call,
): Promise<void> {
  if (!places) return;
  const taking = (await replication.channels(call)).find(({ name }) => name === places.helper);
  if (!taking) return;
  await replication.stopChannel(places.helper, call);
  const fact = `it has taken transactions from ${formatAddress(taking.source)} that its own source would send again`;
  throw new Fault('verification-failed', `${formatAddress(replication.address)}: ${fact}`);
}

type BookParts = TakeParts & { readonly schema: string };

async function replayedFrom(parts: BookParts, call: Call): Promise<Position | undefined> {
  const now = await parts.replication.position(call);
  const sql = parts.dialect.book.began(parts.schema, now);
  const found = await inBook(parts, { what: 'read where a replay began', sql }, call);
  return found === undefined ? undefined : position(found);
}

/** Whether a replay ended where the server is now, or began there and did not come to its end. */
async function replayedHere(parts: BookParts, call: Call): Promise<boolean> {
  const { book } = parts.dialect;
  const now = await parts.replication.position(call);
  const ended = { what: 'read where a replay began', sql: book.began(parts.schema, now) };
  const begun = { what: 'read how far it was replayed', sql: book.read(parts.schema, now) };
  return (await inBook(parts, ended, call)) !== undefined || (await inBook(parts, begun, call)) !== undefined;
}

async function inBook(
  { dialect, sessions }: BookParts,
  { what, sql }: { readonly what: string; readonly sql: string },
  call: Call,
): Promise<string | undefined> {
  try {
    const [rows] = await sessions.query('work', what, sql, call);
    return text(rows?.[0], 'position');
  } catch (thrown) {
    if (dialect.book.absent.includes(serverErrorNumber(thrown))) return undefined;
    throw thrown;
  }
}

export async function settle(
  { dialect, replication, places, sessions }: TakeParts,
  at: Position,
  call: Call,
): Promise<void> {
  const version = await sessions.version(call);
  const stopped = await replication.stopAppliers(call);
  const channels = await replication.channels(call);
  const own = channels.find(({ name }) => name !== dialect.helper);
  if (own) {
    const sql = dialect.settle(await places.inSource(at, call), own.name, version);
    await sessions.query('work', 'count it as applied', sql, call);
  }
  // Last: while it is there, whoever takes this up knows that it may not be settled.
  if (channels.some(({ name }) => name === dialect.helper)) await replication.forget(dialect.helper, call);
  const others = stopped.filter((name) => name !== dialect.helper);
  await replication.startAppliers(others, call);
}
