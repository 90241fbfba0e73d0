/** Positions against a naive model (the set of GTIDs behind them), and errant writes against played histories. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Position, position } from '../../core/positions.ts';
import {
  type BinlogState,
  formatBinlogState,
  mariadbPositions,
  mergeBinlogStates,
  originsBeyond,
  parseBinlogState,
} from './gtid-position.ts';

const bases = [0n, 2n ** 53n - 3n, 2n ** 64n - 8n];

/** Any state, diverged ones too, near one of the bases so that states meet. */
const stateText: fc.Arbitrary<string> = fc
  .uniqueArray(fc.tuple(fc.nat(2), fc.integer({ min: 9, max: 11 }), fc.constantFrom(...bases), fc.nat(6)), {
    selector: ([domain, server]) => `${domain}-${server}`,
  })
  .map((gtids) =>
    gtids.map(([domain, server, base, n]) => `${domain}-${server}-${base + 1n + BigInt(n)}`).join(','),
  );

/** One entry a domain. */
const anyPosition: fc.Arbitrary<Position> = fc
  .uniqueArray(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 6 })), {
    selector: ([domain]) => domain,
  })
  .map((gtids) => position(gtids.map((parts) => parts.join('-')).join(',')));

function state(text: string): BinlogState {
  const parsed = parseBinlogState(text);
  if (parsed === undefined) throw new Error(`does not parse: ${text}`);
  return parsed;
}

describe('text', () => {
  test('a parsed state has exactly the entries that were written, and its text gives the very state', () => {
    fc.assert(
      fc.property(stateText, (text) => {
        const canonical = formatBinlogState(state(text));
        expect(canonical.split(',').sort()).toEqual(text.split(',').sort());
        expect(state(canonical)).toEqual(state(text));
      }),
    );
  });

  test('any other text is refused, not guessed at', () => {
    const pieces = fc.constantFrom(
      '0',
      '1',
      '-',
      '-',
      ',',
      ' ',
      '4294967296',
      '18446744073709551616',
      'a',
      '+',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const canonical = mariadbPositions.parse(text);
          expect(canonical && mariadbPositions.parse(canonical)).toBe(canonical);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('union', () => {
  test('is commutative, associative and idempotent, diverged or not', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, anyPosition, (a, b, c) => {
        expect(mariadbPositions.union(a, b)).toBe(mariadbPositions.union(b, a));
        expect(mariadbPositions.union(mariadbPositions.union(a, b), c)).toBe(
          mariadbPositions.union(a, mariadbPositions.union(b, c)),
        );
        expect(mariadbPositions.union(a, a)).toBe(mariadbPositions.parse(a));
      }),
    );
  });

  test('of states is a position, the one that both end at', () => {
    fc.assert(
      fc.property(stateText, stateText, (a, b) => {
        const both = mariadbPositions.union(position(a), position(b));
        const domains = state(both).map((gtid) => gtid.domain);
        expect(new Set(domains).size).toBe(domains.length);
        expect(both).toBe(
          mariadbPositions
            .brief(position(formatBinlogState(mergeBinlogStates(state(a), state(b)))))
            .replace('empty', ''),
        );
      }),
    );
  });

  test('of merged states is commutative, associative and idempotent as well', () => {
    fc.assert(
      fc.property(stateText, stateText, stateText, (x, y, z) => {
        const [a, b, c] = [state(x), state(y), state(z)];
        expect(mergeBinlogStates(a, b)).toEqual(mergeBinlogStates(b, a));
        expect(mergeBinlogStates(mergeBinlogStates(a, b), c)).toEqual(
          mergeBinlogStates(a, mergeBinlogStates(b, c)),
        );
        expect(mergeBinlogStates(a, a)).toEqual(a);
      }),
    );
  });
});

describe('order', () => {
  test('compare and missing agree, whatever the positions', () => {
    fc.assert(
      fc.property(fc.oneof(anyPosition, stateText.map(position)), anyPosition, (a, b) => {
        const surplus = mariadbPositions.missing(a, b);
        const lack = mariadbPositions.missing(b, a);
        expect(surplus.count === 0).toBe(surplus.text === '');
        const ordering = mariadbPositions.compare(a, b);
        expect(ordering === 'behind').toBe(surplus.count === 0 && lack.count > 0);
        expect(ordering === 'ahead').toBe(surplus.count > 0 && lack.count === 0);
        expect(ordering === 'equal').toBe(surplus.count === 0 && lack.count === 0);
        expect(ordering === 'diverged').toBe(surplus.count > 0 && lack.count > 0);
      }),
    );
  });

  /** Who wrote each GTID of each domain, from sequence 1 on: one history, without holes. */
  const history = fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 8 }), { maxLength: 3 });

  /** How much of it two servers have, per domain: more than there is means all. */
  const lengths = fc.array(fc.nat(8), { minLength: 3, maxLength: 3 });

  /** Every GTID of the history's beginnings. */
  function members(writers: readonly (readonly number[])[], upTo: readonly number[]): string[] {
    return writers.flatMap((servers, domain) =>
      servers.slice(0, upTo[domain]).map((server, i) => `${domain}-${server}-${i + 1}`),
    );
  }

  const newest = (gtids: readonly string[]): Position =>
    position([...new Map(gtids.map((gtid) => [gtid.split('-')[0], gtid])).values()].join(','));

  test('within one history, positions are the sets of GTIDs up to them', () => {
    fc.assert(
      fc.property(history, lengths, lengths, (writers, upToA, upToB) => {
        const [inA, inB] = [members(writers, upToA), members(writers, upToB)];
        const [a, b] = [newest(inA), newest(inB)];
        const onlyA = inA.filter((gtid) => !inB.includes(gtid)).length;
        const onlyB = inB.filter((gtid) => !inA.includes(gtid)).length;
        expect(mariadbPositions.missing(a, b).count).toBe(onlyA);
        expect(mariadbPositions.missing(b, a).count).toBe(onlyB);
        const longer = upToA.map((length, domain) => Math.max(length, upToB[domain] ?? 0));
        expect(mariadbPositions.union(a, b)).toBe(newest(members(writers, longer)));
      }),
    );
  });
});

describe('errant writes in a played history', () => {
  /** gtid_binlog_state after these were logged, in this order. */
  function logged(gtids: readonly string[]): BinlogState {
    const newest = new Map(gtids.map((gtid) => [gtid.slice(0, gtid.lastIndexOf('-')), gtid]));
    return state([...newest.values()].join(','));
  }

  /** One domain written by servers 1 to 3 in turn; server 1 is the primary in the end. */
  const play = fc.record({
    writers: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }),
    /** How much of it the primary's log has lost, from the beginning. */
    lost: fc.nat(12),
    /** How much of it the replica has. */
    received: fc.nat(12),
    /** How many transactions the replica then wrote itself, and under which number. */
    strays: fc.nat(3),
    replica: fc.constantFrom(2, 3, 4),
  });

  function histories(game: {
    writers: number[];
    lost: number;
    received: number;
    strays: number;
    replica: number;
  }) {
    const all = game.writers.map((server, i) => `0-${server}-${i + 1}`);
    const received = all.slice(0, game.received);
    const strays = Array.from(
      { length: game.strays },
      (_, i) => `0-${game.replica}-${received.length + i + 1}`,
    );
    const primary = mergeBinlogStates(logged(all.slice(game.lost)), logged(all.slice(-1)));
    return { all, strays, primary, replica: logged([...received, ...strays]) };
  }

  test('plain history is never errant, whatever the primary has lost of its log', () => {
    fc.assert(
      fc.property(play, (game) => {
        const { primary, replica } = histories({ ...game, strays: 0 });
        expect(originsBeyond(replica, primary, [1]).errant).toEqual([]);
      }),
    );
  });

  test('plain history is not even uncertain while the log is whole', () => {
    fc.assert(
      fc.property(play, (game) => {
        const { primary, replica } = histories({ ...game, strays: 0, lost: 0 });
        expect(originsBeyond(replica, primary, [1])).toEqual({ errant: [], uncertain: [] });
      }),
    );
  });

  test('a stray write is never passed over, unless the primary has a later one of that server', () => {
    fc.assert(
      fc.property(play, (game) => {
        fc.pre(game.strays > 0);
        const { all, primary, replica } = histories(game);
        const last = Math.min(game.received, game.writers.length) + game.strays;
        const later = primary.some((gtid) => gtid.server === game.replica && gtid.sequence >= last);
        fc.pre(!later && !all.includes(`0-${game.replica}-${last}`));
        const { errant, uncertain } = originsBeyond(replica, primary, [1]);
        expect([...errant, ...uncertain].map((gtid) => gtid.server)).toContain(game.replica);
      }),
    );
  });

  test('a stray write is errant for sure while the primary knows an earlier one of that server', () => {
    fc.assert(
      fc.property(play, (game) => {
        fc.pre(game.strays > 0);
        const { primary, replica } = histories(game);
        const last = Math.min(game.received, game.writers.length) + game.strays;
        const known = primary.find((gtid) => gtid.server === game.replica);
        fc.pre(known !== undefined && known.sequence < last);
        const { errant } = originsBeyond(replica, primary, [1]);
        expect(formatBinlogState(errant)).toContain(`0-${game.replica}-${last}`);
      }),
    );
  });
});
