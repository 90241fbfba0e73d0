/** What the agent does with its one server: the host port, carried out on the host itself. */
import type { NetConnectOpts } from 'node:net';
import { uptime } from 'node:os';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
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
import { type Mark, type MarkFiles, writeMark } from './fence-mark.ts';
import { LiftedFences } from './lifted-fences.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { greets } from './own-probe.ts';
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
  #mark: Mark;
  /** What the mark says is on the disk. */
  #written = true;
  /** One change of the fence after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  /** What keeps others from starting it is being put in place. */
  #holding: Promise<unknown> = Promise.resolve();
  /** The mark that is being written, whoever still waits for it. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: HostDutyParts) {
    this.#parts = parts;
    this.#lifted = new LiftedFences(parts.clock);
    this.#mark = parts.mark;
    if (parts.mark.fenced) parts.guard.hold();
    this.data = parts.data;
    if (parts.copies) this.copies = parts.copies(this);
    const { addresses } = parts;
    this.addresses = {
      look: (asked, call) => addresses.look(asked, call),
      claim: (asked, call) => this.#change(() => this.#claim(asked, call)),
      drop: (asked, call) => this.#change(() => addresses.drop(asked, call)),
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
    const { guard, finder, log } = this.#parts;
    // At once, whatever else is going on. Before the guard, which would end it without telling.
    const pid = finder.find();
    const killed = pid !== undefined && endProcess(pid);
    guard.hold();
    return this.#change(async () => {
      guard.hold();
      const isNews = !this.#mark.fenced || !this.#written;
      this.#mark = { fenced: true, startsReadOnly: this.#canStartReadOnly() };
      await Promise.all([
        pid === undefined ? undefined : awaitGone(pid, call, this.#parts.clock),
        isNews ? this.#keepMark(call) : undefined,
        isNews || killed ? this.#keepFromStarting(call) : undefined,
        this.#dropAddresses(call),
      ]);
      log.warn({ pid, killed }, 'fence.holds');
      return { how: killed ? 'killed' : 'was-gone' };
    });
  }

  unfence({ start, operation }: Parameters<Verbs['unfence']>[0], call: Call): Promise<void> {
    this.#lifted.note(operation);
    const { guard, finder, supervision, marks, engine, log } = this.#parts;
    return this.#change(async () => {
      const { startsReadOnly } = this.#mark;
      const readOnly = { 'as-before': false, 'read-only': this.#canStartReadOnly(), no: startsReadOnly };
      // A fence that was lifted must not come back with the agent's next start.
      await this.#writing;
      await this.#holding;
      await supervision.release(call);
      this.#mark = { fenced: false, startsReadOnly: readOnly[start] };
      await writeMark(marks, this.#mark);
      guard.release();
      log.warn({ start }, 'fence.lifted');
      if (start === 'no' || !supervision.canStart || finder.find() !== undefined) return;
      await supervision.start(this.#mark.startsReadOnly ? engine.readOnly.args : [], call);
      await withDeadline(this.#parts.clock, call, 'the start of the server', async (signal) => {
        while (finder.find() === undefined) await this.#parts.clock.sleep(5, signal);
      });
    });
  }

  async readTail(request: TailRequest, call: Call): Promise<Tail> {
    const { engine, finder } = this.#parts;
    if (finder.find() !== undefined)
      throw new Fault('salvage-impossible', 'the server is still there: its log may grow while it is read');
    return engine.readTail(await this.#parts.logPlace(), request, call);
  }

  async readSurplus(request: SurplusRequest, call: Call): Promise<Surplus> {
    return this.#parts.engine.readSurplus(await this.#parts.logPlace(), request, call);
  }

  async #serverState(pid: number | undefined, call: Call): Promise<HostState['server']> {
    const process = pid === undefined ? undefined : processState(pid);
    if (process === undefined) return 'gone';
    if (process === 'frozen') return 'frozen';
    const { where, clock } = this.#parts;
    const brief = { ...call, deadlineMs: Math.min(greetingMs, call.deadlineMs) };
    if (await greets(where, brief, clock)) return 'answers';
    // It may have ended or been stopped meanwhile, and only the present state says why it was silent.
    const now = pid === undefined ? undefined : processState(pid);
    return now === undefined ? 'gone' : now === 'frozen' ? 'frozen' : 'silent';
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
    if (this.#mark.fenced)
      throw new Fault('route-refused', `${asked.address}: the server of this host is fenced`);
    await this.#parts.addresses.claim(asked, call);
  }

  /** Clients that come to a host whose server is down find nobody; that it is down matters more. */
  async #dropAddresses(call: Call): Promise<void> {
    const { addresses, log } = this.#parts;
    await addresses.dropAll(call).catch((thrown: unknown) => {
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
    const { clock, marks, log } = this.#parts;
    const brief = { ...call, deadlineMs: Math.min(markMs, call.deadlineMs) };
    try {
      this.#written = false;
      await withDeadline(clock, brief, 'writing the fence down', async () => {
        // It goes on when nobody waits for it any more: the next one must not get in its way.
        const write = this.#writing.then(() => writeMark(marks, this.#mark));
        this.#writing = write.catch(() => undefined);
        await write;
      });
      this.#written = true;
    } catch (thrown) {
      call.signal.throwIfAborted();
      log.error({ err: thrown }, 'fence.not-written');
    }
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work, work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  [Symbol.dispose](): void {
    this.#parts.guard.release();
  }
}
