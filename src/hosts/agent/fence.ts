/** The fence: the server is down and stays so until the fence is lifted. One change of it after the other. */
import type { Call, Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type { Fenced, UnfenceRequest } from '../../core/host.ts';
import type { OrderStamp } from '../../core/order-stamp.ts';
import type { AgentLog } from './agent-log.ts';
import { awaitGone, endProcess } from './end-process.ts';
import type { FenceGuard } from './fence-guard.ts';
import type { Mark, MarkFiles } from './fence-mark.ts';
import { FenceOrder } from './fence-order.ts';
import { MarkWriter } from './mark-writer.ts';
import type { ServerFinder } from './server-finder.ts';
import type { Supervision } from './supervision.ts';
import { Turns } from './turns.ts';

export interface FenceParts {
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly finder: ServerFinder;
  readonly guard: FenceGuard;
  readonly supervision: Supervision;
  readonly marks: MarkFiles;
  /** As it was read when the agent started. */
  readonly mark: Mark;
  /** What makes a start come up read-only. */
  readonly readOnlyArgs: readonly string[];
  /** A server serves, seen or unseen. */
  greets(call: Call): Promise<boolean>;
  /** Of one that serves and whose process is not to be seen. */
  unseen(): Error;
  /** What else goes with each fence, while the server ends. Must be brief: the fence answers when it has. */
  alongside(call: Call): Promise<void>;
}

/** The fence holds without it for as long as the agent runs; a disk that hangs must not keep the fence waiting. */
const markMs = 250;
/** A systemd that is busy takes seconds to read its units again. */
const holdMs = 20_000;

export class Fence implements Disposable {
  readonly #parts: FenceParts;
  readonly #order: FenceOrder;
  readonly #marks: MarkWriter;
  readonly #changes = new Turns();
  #mark: Mark;
  /** Fences that have been ordered and have not answered yet. */
  #ordered = 0;
  /** Others than the agent are kept from starting the server. */
  #held = false;
  /** They are about to be; never rejects. */
  #holding: Promise<void> | undefined;

  constructor(parts: FenceParts) {
    this.#parts = parts;
    this.#order = new FenceOrder(parts.clock, parts.mark.order);
    this.#mark = parts.mark;
    this.#marks = new MarkWriter(parts.marks, parts.mark);
    if (!parts.mark.fenced) return;
    parts.guard.hold();
    // What keeps others from starting it need not outlive a restart of the host.
    void this.#holdOthers();
  }

  get mark(): Mark {
    return this.#mark;
  }

  /** It holds, or is about to. */
  get isOrdered(): boolean {
    return this.#mark.fenced || this.#ordered > 0;
  }

  /** By a piece of configuration that it reads, or by the arguments of the agent's own start command. */
  get canStartReadOnly(): boolean {
    const { marks, supervision } = this.#parts;
    return marks.readOnlyFile !== undefined || (supervision.canStart && supervision.takesArgs);
  }

  hold(call: Call, stamp?: OrderStamp): Promise<Fenced> {
    return this.#hold(call, stamp, async (fenced) => fenced);
  }

  /** Fences, in nobody's name, and does this before anything else is done to the fence; not for a caller that has left. */
  whileDown<T>(call: Call, work: () => Promise<T>): Promise<T> {
    return this.#hold(call, undefined, () => {
      call.signal.throwIfAborted();
      return work();
    });
  }

  async #hold<T>(
    call: Call,
    stamp: OrderStamp | undefined,
    then: (fenced: Fenced) => Promise<T>,
  ): Promise<T> {
    this.#order.fenced(stamp);
    const { guard, finder, alongside, log } = this.#parts;
    this.#ordered++;
    try {
      // At once, whatever else is going on. Before the guard, which would end it without telling.
      const pids = finder.all();
      const found = pids.filter(endProcess).length > 0;
      guard.hold();
      const besides = alongside(call);
      besides.catch(() => undefined);
      return await this.#changes.take(async () => {
        guard.hold();
        const order = this.#order.fence;
        const isNoted = this.#mark.fenced && this.#marks.written && this.#mark.order === order;
        const startsReadOnly = this.canStartReadOnly;
        this.#mark = { fenced: true, startsReadOnly, ...(order === undefined ? {} : { order }) };
        const [later] = await Promise.all([
          this.#awaitEnd(pids, call),
          isNoted ? undefined : this.#keepMark(call),
          this.#held && !found ? undefined : this.#keepFromStarting(call),
          besides,
        ]);
        const killed = found || later;
        log.warn({ pids, killed }, 'fence.holds');
        return then({ how: killed ? 'killed' : 'was-gone' });
      });
    } finally {
      this.#ordered--;
    }
  }

  lift({ start, order }: UnfenceRequest, call: Call): Promise<void> {
    const { guard, finder, supervision, clock, log, readOnlyArgs } = this.#parts;
    return this.#changes.take(async () => {
      call.signal.throwIfAborted();
      this.#order.lifted(order);
      const { fenced, startsReadOnly } = this.#mark;
      const readOnly = { 'as-before': false, 'read-only': this.canStartReadOnly, no: startsReadOnly };
      try {
        await this.#release(call);
        call.signal.throwIfAborted();
        this.#order.requireLift(order);
        await this.#write({ fenced: false, startsReadOnly: readOnly[start] }, call);
      } catch (thrown) {
        if (fenced) void this.#holdOthers();
        throw thrown;
      }
      guard.release();
      log.warn({ start }, 'fence.lifted');
      if (start === 'no' || !supervision.canStart || finder.find() !== undefined) return;
      call.signal.throwIfAborted();
      this.#order.requireLift(order);
      await supervision.start(this.#mark.startsReadOnly ? readOnlyArgs : [], call);
      await withDeadline(clock, call, 'the start of the server', async (signal) => {
        while (finder.find() === undefined) await clock.sleep(5, signal);
      });
    });
  }

  /**
   * Of those and of any that came later: returns whether there were such. Throws `config-invalid` when a server answers
   * whose process is not to be seen: nothing keeps it from serving, and other means of fencing must.
   */
  async #awaitEnd(killed: readonly number[], call: Call): Promise<boolean> {
    const { finder, clock, greets, unseen } = this.#parts;
    let pids = killed;
    for (let later = false; ; later = true) {
      const ends = await Promise.all(pids.map((pid) => awaitGone(pid, call, clock)));
      // The kernel still takes connections in the name of one that is doomed.
      const answers = !ends.includes('doomed') && (await greets(call));
      pids = finder.all();
      for (const pid of pids) endProcess(pid);
      if (pids.length > 0) continue;
      if (answers) throw unseen();
      return later;
    }
  }

  /** By others than the agent, which ends it again while it runs. A slow systemd must not keep the fence waiting. */
  async #keepFromStarting(call: Call): Promise<void> {
    const brief = { ...call, deadlineMs: Math.min(markMs, call.deadlineMs) };
    await withDeadline(this.#parts.clock, brief, 'the service manager', () => this.#holdOthers()).catch(() =>
      call.signal.throwIfAborted(),
    );
  }

  /** One that has failed is tried again with the next fence. */
  #holdOthers(): Promise<void> {
    const { clock, supervision, log } = this.#parts;
    const call = { signal: new AbortController().signal, deadlineMs: holdMs };
    this.#holding ??= withDeadline(clock, call, 'the service manager', (signal) =>
      supervision.hold({ ...call, signal }),
    )
      .then(
        () => {
          this.#held = true;
        },
        (thrown: unknown) => log.error({ err: thrown }, 'fence.only-by-agent'),
      )
      .finally(() => {
        this.#holding = undefined;
      });
    return this.#holding;
  }

  /** Not before what holds them has ended: it would stop a server that is up again. */
  async #release(call: Call): Promise<void> {
    await withDeadline(this.#parts.clock, call, 'the service manager', async (signal) => {
      await this.#holding;
      signal.throwIfAborted();
      this.#held = false;
      await this.#parts.supervision.release({ ...call, signal });
    });
  }

  /** On the disk when it returns. */
  async #write(mark: Mark, call: Call): Promise<void> {
    try {
      await withDeadline(this.#parts.clock, call, 'writing down that the fence is lifted', () =>
        this.#marks.write(mark),
      );
    } catch (thrown) {
      // What the disk takes later must be what holds.
      this.#marks.write(this.#mark).catch(() => undefined);
      throw thrown;
    }
    this.#mark = mark;
  }

  async #keepMark(call: Call): Promise<void> {
    const { clock, log } = this.#parts;
    const failed = (thrown: unknown): void => log.error({ err: thrown }, 'fence.not-written');
    // Also for a caller that has given up meanwhile: its fence holds.
    const write = this.#marks.write(this.#mark);
    write.catch(failed);
    const brief = { ...call, deadlineMs: Math.min(markMs, call.deadlineMs) };
    await withDeadline(clock, brief, 'writing the fence down', () => write).catch((thrown: unknown) => {
      call.signal.throwIfAborted();
      if (thrown instanceof DeadlineExceeded) failed(thrown);
    });
  }

  [Symbol.dispose](): void {
    this.#parts.guard.release();
  }
}
