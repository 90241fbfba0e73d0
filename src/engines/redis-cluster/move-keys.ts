/**
 * Moves the keys of one slot to another node: GETKEYSINSLOT and MIGRATE, again and again (redis.md §4, slot move). The
 * source sends them itself, so a call that is under way is carried out even when whoever asked for it dies.
 */
import { asFault, type Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { Credentials } from '../../core/engine.ts';
import type { Command } from '../resp/resp-connection.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { compareKeys } from './key-digests.ts';
import type { Pace, Throttle } from './pace.ts';

export interface KeyMoveOptions extends Throttle {
  /** What the source logs in to the target with; the nodes' own `masterauth` is not used by MIGRATE. */
  readonly credentials?: Pick<Credentials, 'user' | 'password'>;
  /** After so long a MIGRATE gives up; milliseconds, default 60 000. A single large key takes as long as it takes. */
  readonly timeoutMs?: number;
  /** A larger key (MEMORY USAGE) is not moved, for both nodes would serve nobody for long. Default: all are. */
  readonly largestKeyBytes?: number;
  /** Told after every call: how many keys have gone with it. */
  readonly onMoved?: (keys: number) => void;
}

export interface KeyMoveParts {
  readonly source: ClusterNodeLink;
  readonly target: ClusterNodeLink;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly options: KeyMoveOptions;
  /** Keys that the target may have got from us by a call that failed: what it has of them is older than the source's. */
  readonly sent: Set<string>;
}

export interface KeyMove {
  readonly slot: number;
  /** What the target has under the same name gives way. */
  readonly replace: boolean;
  /** The source makes no new keys in it (SETSLOT MIGRATING): a lot that is not full is the last one. */
  readonly closed: boolean;
}

export type KeysMoved =
  | { readonly ok: true; readonly keys: number }
  /** `key-conflict`: both have it, and not the same. `key-too-large`: see the options. */
  | {
      readonly ok: false;
      readonly because: 'key-conflict' | 'key-too-large';
      readonly keys: readonly string[];
    };

const retries = 8;
const retryMs = 250;

/** Throws what the source says of the target (its words are in the message) after some retries. */
export async function moveKeys(move: KeyMove, parts: KeyMoveParts, call: Call): Promise<KeysMoved> {
  return new KeyMover(move, parts, call).run();
}

class KeyMover {
  readonly #move: KeyMove;
  readonly #parts: KeyMoveParts;
  readonly #call: Call;
  #moved = 0;

  constructor(move: KeyMove, parts: KeyMoveParts, call: Call) {
    this.#move = move;
    this.#parts = parts;
    this.#call = call;
  }

  async run(): Promise<KeysMoved> {
    const { source, pace, clock, options } = this.#parts;
    for (let failures = 0; ; ) {
      const asked = pace.count;
      const keys = await source.getKeysInSlot(this.#move.slot, asked, this.#call);
      if (keys.length === 0) return { ok: true, keys: this.#moved };
      try {
        const hindered = await this.#moveLot(keys);
        if (hindered !== undefined) return hindered;
        failures = 0;
        if (this.#move.closed && keys.length < asked) return { ok: true, keys: this.#moved };
      } catch (thrown) {
        this.#call.signal.throwIfAborted();
        const fault = asFault(thrown);
        // A MIGRATE that was not answered in time may yet be carried out: only to look again is safe.
        if (!/IOERR|LOADING|TRYAGAIN|CLUSTERDOWN/.test(fault.message) || failures >= retries) throw fault;
        failures += 1;
        pace.slower();
        await clock.sleep(retryMs, this.#call.signal);
      }
      if (options.pauseMs !== undefined) await clock.sleep(options.pauseMs, this.#call.signal);
    }
  }

  async #moveLot(keys: readonly string[]): Promise<KeysMoved | undefined> {
    if (keys.some(isIllegible)) return this.#moveUnnamed();
    const large = await this.#tooLarge(keys);
    if (large.length > 0) return { ok: false, because: 'key-too-large', keys: large };
    try {
      await this.#migrate(keys, this.#move.replace);
      return undefined;
    } catch (thrown) {
      const fault = asFault(thrown);
      if (!isBusy(fault)) throw fault;
      return this.#settleBusy(keys);
    }
  }

  /** Those that the target did not have have gone by now; of the others it must have the same. */
  async #settleBusy(keys: readonly string[]): Promise<KeysMoved | undefined> {
    const { source, target } = this.#parts;
    const left = await source.getKeysInSlot(this.#move.slot, keys.length, this.#call);
    const { same, different } = await compareKeys(left, { source, target }, this.#call);
    const own = different.filter((key) => this.#parts.sent.has(key));
    const conflicts = different.filter((key) => !this.#parts.sent.has(key));
    if (same.length + own.length > 0) await this.#migrate([...same, ...own], true);
    return conflicts.length === 0 ? undefined : { ok: false, because: 'key-conflict', keys: conflicts };
  }

  async #migrate(keys: readonly string[], replace: boolean): Promise<void> {
    const { source, clock, pace } = this.#parts;
    const began = clock.monotonic();
    try {
      await source.send('move keys', [this.#command(replace, ['KEYS', ...keys])], this.#patient());
    } catch (thrown) {
      if (!isBusy(asFault(thrown))) for (const key of keys) this.#parts.sent.add(key);
      throw thrown;
    }
    if (keys.length >= pace.count) pace.took(clock.monotonic() - began);
    this.#note(keys.length);
  }

  /** Names that are no text do not survive being read as such: the server names them to itself, in a script. */
  async #moveUnnamed(): Promise<KeysMoved | undefined> {
    const { source, pace } = this.#parts;
    const command = this.#command(this.#move.replace, []).slice(1);
    const evaluated: Command = ['EVAL', unnamed, 0, this.#move.slot, pace.count, ...command];
    try {
      const [count] = await source.send('move keys', [evaluated], this.#patient());
      this.#note(Number(count));
      return undefined;
    } catch (thrown) {
      const fault = asFault(thrown);
      if (!isBusy(fault)) throw fault;
      const left = await source.getKeysInSlot(this.#move.slot, pace.count, this.#call);
      return { ok: false, because: 'key-conflict', keys: left };
    }
  }

  #command(replace: boolean, keys: readonly string[]): Command {
    const { target, options } = this.#parts;
    const { user, password } = options.credentials ?? { user: 'default', password: '' };
    const auth = password === '' ? [] : user === 'default' ? ['AUTH', password] : ['AUTH2', user, password];
    const { host, port } = target.address;
    const place = [host, port, '', 0, this.#timeoutMs];
    return ['MIGRATE', ...place, ...(replace ? ['REPLACE'] : []), ...auth, ...keys];
  }

  async #tooLarge(keys: readonly string[]): Promise<readonly string[]> {
    const most = this.#parts.options.largestKeyBytes;
    if (most === undefined) return [];
    const commands = keys.map((key): Command => ['MEMORY', 'USAGE', key]);
    const sizes = await this.#parts.source.send('measure keys', commands, this.#call);
    return keys.filter((_, at) => Number(sizes[at]) > most);
  }

  #note(keys: number): void {
    this.#moved += keys;
    this.#parts.options.onMoved?.(keys);
  }

  get #timeoutMs(): number {
    return this.#parts.options.timeoutMs ?? 60_000;
  }

  #patient(): Call {
    return { ...this.#call, deadlineMs: this.#timeoutMs + 5_000 };
  }
}

const isIllegible = (key: string): boolean => key.includes('\u{fffd}');
const isBusy = (fault: Fault): boolean => fault.message.includes('BUSYKEY');

const unnamed = `
local keys = redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[1], ARGV[2])
if #keys == 0 then return 0 end
local command = {'MIGRATE'}
for at = 3, #ARGV do table.insert(command, ARGV[at]) end
table.insert(command, 'KEYS')
for _, key in ipairs(keys) do table.insert(command, key) end
redis.call(unpack(command))
return #keys`;
