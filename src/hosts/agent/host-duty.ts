/** What the agent does with its one server: the host port, carried out on the host itself. */
import type { NetConnectOpts } from 'node:net';
import { uptime } from 'node:os';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type {
  EngineHost,
  Fenced,
  HostAddresses,
  HostAgent,
  HostCopies,
  HostData,
  HostState,
  LogPlace,
  Surplus,
  SurplusRequest,
  Tail,
  TailRequest,
} from '../../core/host.ts';
import type { OperationId } from '../../core/identity.ts';
import type { AgentLog } from './agent-log.ts';
import type { DiskProbe } from './disk-probe.ts';
import { awaitGone, endProcess } from './end-process.ts';
import type { FenceGuard } from './fence-guard.ts';
import type { Mark, MarkFiles } from './fence-mark.ts';
import { LiftedFences } from './lifted-fences.ts';
import { MarkWriter } from './mark-writer.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { greets, unseen } from './own-probe.ts';
import { processState } from './process-table.ts';
import type { ServerFinder } from './server-finder.ts';
import type { Supervision } from './supervision.ts';

export interface HostDutyParts {
  readonly engine: EngineHost;
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly finder: ServerFinder;
  readonly guard: FenceGuard;
  readonly disk: DiskProbe;
  readonly supervision: Supervision;
  readonly where: NetConnectOpts;
  readonly copies?: (duty: HostDuty) => HostCopies;
  readonly data: HostData;
  readonly addresses: OwnAddresses;
  readonly marks: MarkFiles;
  /** As it was read when the agent started. */
  readonly mark: Mark;
  logPlace(): Promise<LogPlace>;
}

type Verbs = Omit<HostAgent, 'address'>;

const greetingMs = 300;
/** The fence holds without it for as long as the agent runs; a disk that hangs must not keep the fence waiting. */
const markMs = 250;
/** A systemd that is busy takes seconds to read its units again. */
const holdMs = 20_000;

export class HostDuty implements Verbs, Disposable {
  readonly copies?: HostCopies;
  readonly data: HostData;
  readonly addresses: HostAddresses;
  readonly #parts: HostDutyParts;
  readonly #lifted: LiftedFences;
  readonly #marks: MarkWriter;
  #mark: Mark;
  /** Fences that have been ordered and have not answered yet. */
  #fencing = 0;
  /** One change of the fence after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  /** What keeps others from starting it is being put in place. */
  #holding: Promise<unknown> = Promise.resolve();
  /** One change of the addresses after the other; they wait for no disk and no server. */
  #moves: Promise<unknown> = Promise.resolve();

  constructor(parts: HostDutyParts) {
    this.#parts = parts;
    this.#lifted = new LiftedFences(parts.clock, parts.mark.operation);
    this.#mark = parts.mark;
    this.#marks = new MarkWriter(parts.marks, parts.mark);
    if (parts.mark.fenced) parts.guard.hold();
    this.data = parts.data;
    if (parts.copies) this.copies = parts.copies(this);
    const { addresses } = parts;
    this.addresses = {
      look: (asked, call) => addresses.look(asked, call),
      claim: (asked, call) => this.#move(() => this.#claim(asked, call)),
      drop: (asked, call) => this.#move(() => addresses.drop(asked, call)),
    };
  }

  async state(call: Call): Promise<HostState> {
    const { finder, disk } = this.#parts;
    const pid = finder.find();
    const [server, writes] = await Promise.all([this.#serverState(pid, call), disk.writes()]);
    const { fenced, startsReadOnly } = this.#mark;
    const canStartReadOnly = this.#canStartReadOnly();
    const upMs = Math.round(uptime() * 1000);
    return { server, disk: writes ? 'writes' : 'stuck', fenced, startsReadOnly, canStartReadOnly, upMs };
  }

  async fence(call: Call, operation?: OperationId): Promise<Fenced> {
    this.#lifted.refuse(operation);
    this.#lifted.hold(operation);
    const { guard, finder, log } = this.#parts;
    this.#fencing++;
    try {
      // At once, whatever else is going on. Before the guard, which would end it without telling.
      const pids = finder.all();
      const found = pids.filter(endProcess).length > 0;
      guard.hold();
      const dropped = this.#dropAddresses(call);
      dropped.catch(() => undefined);
      return await this.#change(async () => {
        guard.hold();
        const isNews = !this.#mark.fenced || !this.#marks.written;
        const { holder } = this.#lifted;
        const isNoted = !isNews && this.#mark.operation === holder;
        this.#mark = {
          ...{ fenced: true, startsReadOnly: this.#canStartReadOnly() },
          ...(holder === undefined ? {} : { operation: holder }),
        };
        const [later] = await Promise.all([
          this.#awaitEnd(pids, call),
          isNoted ? undefined : this.#keepMark(call),
          isNews || found ? this.#keepFromStarting(call) : undefined,
          dropped,
        ]);
        const killed = found || later;
        log.warn({ pids, killed }, 'fence.holds');
        return { how: killed ? 'killed' : 'was-gone' };
      });
    } finally {
      this.#fencing--;
    }
  }

  unfence({ start, operation }: Parameters<Verbs['unfence']>[0], call: Call): Promise<void> {
    const { guard, finder, supervision, engine, log } = this.#parts;
    const requireInTime = (): void => {
      call.signal.throwIfAborted();
      this.#lifted.refuseLift(operation);
    };
    return this.#change(async () => {
      requireInTime();
      this.#lifted.note(operation);
      const { startsReadOnly } = this.#mark;
      const readOnly = { 'as-before': false, 'read-only': this.#canStartReadOnly(), no: startsReadOnly };
      const { clock } = this.#parts;
      await withDeadline(clock, call, 'the service manager', async (signal) => {
        await this.#holding;
        await supervision.release({ ...call, signal });
      });
      requireInTime();
      await this.#lift({ fenced: false, startsReadOnly: readOnly[start] }, call);
      guard.release();
      log.warn({ start }, 'fence.lifted');
      if (start === 'no' || !supervision.canStart || finder.find() !== undefined) return;
      requireInTime();
      await supervision.start(this.#mark.startsReadOnly ? engine.readOnly.args : [], call);
      await withDeadline(clock, call, 'the start of the server', async (signal) => {
        while (finder.find() === undefined) await clock.sleep(5, signal);
      });
    });
  }

  async readTail(request: TailRequest, call: Call): Promise<Tail> {
    const { engine, finder } = this.#parts;
    if (finder.find() !== undefined || (await this.#greets(call)))
      throw new Fault('salvage-impossible', 'the server is still there: its log may grow while it is read');
    return engine.readTail(await this.#parts.logPlace(), request, call);
  }

  async readSurplus(request: SurplusRequest, call: Call): Promise<Surplus> {
    return this.#parts.engine.readSurplus(await this.#parts.logPlace(), request, call);
  }

  async #serverState(pid: number | undefined, call: Call): Promise<HostState['server']> {
    if (pid !== undefined && processState(pid) === 'frozen') return 'frozen';
    // Also when there is no process: one that the agent cannot see may serve all the same. Of a dead one the kernel
    // refuses the connection at once.
    if (await this.#greets(call)) return 'answers';
    // It may have ended or been stopped meanwhile, and only the present state says why it was silent.
    const now = pid === undefined ? undefined : processState(pid);
    if (now === undefined || now === 'doomed') return 'gone';
    return now === 'frozen' ? 'frozen' : 'silent';
  }

  #greets(call: Call): Promise<boolean> {
    const { where, clock } = this.#parts;
    return greets(where, { ...call, deadlineMs: Math.min(greetingMs, call.deadlineMs) }, clock);
  }

  /**
   * Of those and of any that came later: returns whether there were such. Throws `config-invalid` when a server answers whose process is not to be seen:
   * nothing keeps it from serving, and other means of fencing must.
   */
  async #awaitEnd(killed: readonly number[], call: Call): Promise<boolean> {
    const { finder, clock } = this.#parts;
    let pids = killed;
    for (let later = false; ; later = true) {
      const ends = await Promise.all(pids.map((pid) => awaitGone(pid, call, clock)));
      // The kernel still takes connections in the name of one that is doomed.
      const answers = !ends.includes('doomed') && (await this.#greets(call));
      pids = finder.all();
      for (const pid of pids) endProcess(pid);
      if (pids.length > 0) continue;
      if (answers) throw unseen(this.#parts.where);
      return later;
    }
  }

  /** On the disk when it returns. */
  async #lift(mark: Mark, call: Call): Promise<void> {
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

  /** By others than the agent, which ends it again while it runs. A slow systemd must not keep the fence waiting. */
  async #keepFromStarting(call: Call): Promise<void> {
    const { clock, supervision, log } = this.#parts;
    const hold = supervision.hold({ signal: new AbortController().signal, deadlineMs: holdMs });
    this.#holding = hold.catch((thrown: unknown) => log.error({ err: thrown }, 'fence.only-by-agent'));
    const brief = { ...call, deadlineMs: Math.min(markMs, call.deadlineMs) };
    await withDeadline(clock, brief, 'the service manager', () => this.#holding).catch(() =>
      call.signal.throwIfAborted(),
    );
  }

  async #claim(...[asked, call]: Parameters<HostAddresses['claim']>): Promise<void> {
    if (this.#mark.fenced || this.#fencing > 0)
      throw new Fault('route-refused', `${asked.address}: the server of this host is fenced`);
    await this.#parts.addresses.claim(asked, call);
  }

  /** Clients that come to a host whose server is down find nobody; that it is down matters more. */
  async #dropAddresses(call: Call): Promise<void> {
    const { addresses, log } = this.#parts;
    await this.#move(() => addresses.dropAll(call)).catch((thrown: unknown) => {
      call.signal.throwIfAborted();
      log.error({ err: thrown }, 'fence.address-stays');
    });
  }

  /** By a piece of configuration that it reads, or by the arguments of the agent's own start command. */
  #canStartReadOnly(): boolean {
    const { marks, supervision } = this.#parts;
    return marks.readOnlyFile !== undefined || (supervision.canStart && supervision.takesArgs);
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

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  #move<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#moves.then(work);
    this.#moves = done.catch(() => undefined);
    return done;
  }

  [Symbol.dispose](): void {
    this.#parts.guard.release();
  }
}
