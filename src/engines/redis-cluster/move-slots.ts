/**
 * Moves slots from primaries to others while clients work. Sources go side by side; each takes some slots at a time. A
 * move that was ended anywhere, by a crash too, is resumed by being asked for again: where each slot is, the nodes say.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import type { SlotMove } from '../../core/shards/slot-action.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { type ClusterNodes, readViews } from './cluster-nodes.ts';
import { type KeyMoveOptions, type KeysMoved, moveKeys } from './move-keys.ts';
import { Pace } from './pace.ts';
import { moveWindow, type SlotStuck } from './slot-window.ts';

export interface SlotMoveOptions extends Omit<KeyMoveOptions, 'onMoved'> {
  /** A key that both nodes have, and not the same, becomes the source's. Default: the move stops there. */
  readonly replace?: boolean;
  /** How many slots of one source are on their way at once. Default 8. */
  readonly slotsAtOnce?: number;
  readonly progress?: (progress: SlotProgress) => void;
  /** Ends it between slots: none is left open. The call's own signal ends it anywhere. */
  readonly stop?: AbortSignal;
}

export interface SlotProgress {
  readonly slotsDone: number;
  readonly slots: number;
  readonly keysMoved: number;
}

export interface SlotMoveParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

export type SlotsMoved =
  | ({ readonly ok: true } & SlotProgress)
  /** Other sources have finished the slots that they had begun. */
  | ({ readonly ok: false; readonly stuck: SlotStuck } & SlotProgress)
  | ({ readonly ok: false; readonly stopped: true } & SlotProgress);

/** Of one node, and of a call that moves no keys. */
const stepMs = 5_000;
const lookMs = 2_000;
const retries = 10;
const retryMs = 300;

/** `call.deadlineMs` bounds all of it. Throws what a node says again and again; nothing that is done is lost by that. */
export async function moveSlots(
  moves: readonly SlotMove[],
  options: SlotMoveOptions,
  parts: SlotMoveParts,
  call: Call,
): Promise<SlotsMoved> {
  return new SlotMover(moves, options, parts, call).run();
}

class SlotMover {
  readonly #moves: readonly SlotMove[];
  readonly #options: SlotMoveOptions;
  readonly #parts: SlotMoveParts;
  readonly #call: Call;
  readonly #end: number;
  #slotsDone = 0;
  #keysMoved = 0;
  #stuck: SlotStuck | undefined;
  #failed = false;

  constructor(moves: readonly SlotMove[], options: SlotMoveOptions, parts: SlotMoveParts, call: Call) {
    this.#moves = moves;
    this.#options = options;
    this.#parts = parts;
    this.#call = call;
    this.#end = parts.clock.monotonic() + call.deadlineMs;
  }

  async run(): Promise<SlotsMoved> {
    const lanes = Map.groupBy(this.#moves, (move) => move.from);
    const results = await Promise.allSettled([...lanes.values()].map((lane) => this.#runLane(lane)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const progress = this.#progress;
    if (this.#stuck !== undefined) return { ok: false, stuck: this.#stuck, ...progress };
    return progress.slotsDone < progress.slots
      ? { ok: false, stopped: true, ...progress }
      : { ok: true, ...progress };
  }

  async #runLane(lane: readonly SlotMove[]): Promise<void> {
    const { slotsAtOnce = 8 } = this.#options;
    const pace = new Pace(this.#options);
    const sent = new Set<string>();
    let views = await this.#look();
    for (let at = 0; at < lane.length && !this.#shallEnd; at += slotsAtOnce) {
      const window = new Set(lane.slice(at, at + slotsAtOnce));
      for (let failures = 0; window.size > 0; ) {
        try {
          const [stuck] = await moveWindow(
            [...window],
            {
              nodes: this.#parts.nodes,
              views,
              moveKeys: (move, closed, call) => this.#moveKeys(move, { closed, pace, sent }, call),
              onDone: (move) => {
                window.delete(move);
                this.#note({ slots: 1 });
              },
            },
            this.#step(),
          );
          if (stuck === undefined) break;
          // What was read may be old by now; what is true after another look is. One that is silent may come back.
          const passes = stuck.because === 'source-silent' || stuck.because === 'target-silent';
          if (failures >= (passes ? retries : 1)) {
            this.#stuck ??= stuck;
            return;
          }
          if (passes) await this.#parts.clock.sleep(retryMs, this.#call.signal);
        } catch (thrown) {
          await this.#bear(thrown, failures);
        }
        failures += 1;
        views = await this.#look();
      }
      sent.clear();
    }
  }

  get #shallEnd(): boolean {
    return this.#stuck !== undefined || this.#failed || this.#options.stop?.aborted === true;
  }

  /** A node that changes its role, restarts, or has not heard of another one yet, answers otherwise in a moment. */
  async #bear(thrown: unknown, failures: number): Promise<void> {
    const { clock } = this.#parts;
    const fault = asFault(thrown);
    const lasts = /NOAUTH|WRONGPASS|NOPERM/.test(fault.message) || failures >= retries;
    if (this.#call.signal.aborted || lasts || clock.monotonic() >= this.#end) {
      this.#failed = true;
      throw fault;
    }
    await clock.sleep(retryMs, this.#call.signal);
  }

  async #moveKeys(
    move: SlotMove,
    { closed, pace, sent }: { readonly closed: boolean; readonly pace: Pace; readonly sent: Set<string> },
    call: Call,
  ): Promise<KeysMoved> {
    const [source, target] = [this.#node(move.from), this.#node(move.to)];
    const options: KeyMoveOptions = { ...this.#options, onMoved: (keys) => this.#note({ keys }) };
    return moveKeys(
      { slot: move.slot, replace: this.#options.replace === true, closed },
      { source, target, clock: this.#parts.clock, pace, options, sent },
      call,
    );
  }

  #node(id: NodeId): ClusterNodeLink {
    const node = this.#parts.nodes.get(id);
    if (node === undefined) throw new Fault('not-found', `no node ${id} is known`);
    return node;
  }

  async #look() {
    const { views } = await readViews(this.#parts.nodes, { ...this.#step(), deadlineMs: lookMs });
    return views;
  }

  #step(): Call {
    const left = this.#end - this.#parts.clock.monotonic();
    if (left <= 0) throw new Fault('deadline-exceeded', 'move slots: not all have gone in time');
    return { ...this.#call, deadlineMs: Math.min(stepMs, left) };
  }

  #note({ slots = 0, keys = 0 }: { readonly slots?: number; readonly keys?: number }): void {
    this.#slotsDone += slots;
    this.#keysMoved += keys;
    this.#options.progress?.(this.#progress);
  }

  get #progress(): SlotProgress {
    return { slotsDone: this.#slotsDone, slots: this.#moves.length, keysMoved: this.#keysMoved };
  }
}
