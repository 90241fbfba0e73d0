/** What the agent does with its one server: the host port, carried out on the host itself. */
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
  UnfenceRequest,
} from '../../core/host.ts';
import type { OrderStamp } from '../../core/order-stamp.ts';
import type { AgentLog } from './agent-log.ts';
import type { DiskProbe } from './disk-probe.ts';
import { Fence } from './fence.ts';
import type { FenceGuard } from './fence-guard.ts';
import type { Mark, MarkFiles } from './fence-mark.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { type Doorbell, greets, unseen } from './own-probe.ts';
import { processState } from './process-table.ts';
import type { ServerFinder } from './server-finder.ts';
import type { Supervision } from './supervision.ts';
import { Turns } from './turns.ts';

export interface HostDutyParts {
  readonly engine: EngineHost;
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly finder: ServerFinder;
  readonly guard: FenceGuard;
  readonly disk: DiskProbe;
  readonly supervision: Supervision;
  readonly where: Doorbell;
  readonly copies?: (fence: Pick<Fence, 'whileDown'>) => HostCopies;
  readonly data: HostData;
  readonly addresses: OwnAddresses;
  readonly marks: MarkFiles;
  /** As it was read when the agent started. */
  readonly mark: Mark;
  logPlace(): Promise<LogPlace>;
}

type Verbs = Omit<HostAgent, 'address'>;

const greetingMs = 300;
/** What takes the addresses off goes on after a fence has answered; it takes some hundredths of a second. */
const dropWaitMs = 400;
const dropMs = 10_000;

export class HostDuty implements Verbs, Disposable {
  readonly copies?: HostCopies;
  readonly data: HostData;
  readonly addresses: HostAddresses;
  readonly #parts: HostDutyParts;
  readonly #fence: Fence;
  /** Of the addresses; they wait for no disk and no server. */
  readonly #moves = new Turns();

  constructor(parts: HostDutyParts) {
    this.#parts = parts;
    this.#fence = new Fence({
      ...parts,
      readOnlyArgs: parts.engine.readOnly.args,
      greets: (call) => this.#greets(call),
      unseen: () => unseen(parts.where),
      alongside: (call) => this.#dropAddresses(call),
    });
    this.data = parts.data;
    if (parts.copies) this.copies = parts.copies(this.#fence);
    const { addresses } = parts;
    this.addresses = {
      look: (asked, call) => addresses.look(asked, call),
      claim: (asked, call) => this.#moves.take(() => this.#claim(asked, call)),
      drop: (asked, call) => this.#moves.take(() => addresses.drop(asked, call)),
    };
  }

  async state(call: Call): Promise<HostState> {
    const { finder, disk } = this.#parts;
    const pid = finder.find();
    const [server, writes] = await Promise.all([this.#serverState(pid, call), disk.writes()]);
    const { canStartReadOnly, mark } = this.#fence;
    const { fenced, startsReadOnly } = mark;
    const upMs = Math.round(uptime() * 1000);
    return { server, disk: writes ? 'writes' : 'stuck', fenced, startsReadOnly, canStartReadOnly, upMs };
  }

  fence(call: Call, order?: OrderStamp): Promise<Fenced> {
    return this.#fence.hold(call, order);
  }

  unfence(request: UnfenceRequest, call: Call): Promise<void> {
    return this.#fence.lift(request, call);
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

  async #claim(...[asked, call]: Parameters<HostAddresses['claim']>): Promise<void> {
    if (this.#fence.isOrdered)
      throw new Fault('route-refused', `${asked.address}: the server of this host is fenced`);
    await this.#parts.addresses.claim(asked, call);
  }

  /**
   * Clients that come to a host whose server is down find nobody; that it is down matters more. It is done for a caller that
   * has left, too: the fence holds.
   */
  async #dropAddresses(call: Call): Promise<void> {
    const { addresses, clock, log } = this.#parts;
    const own = { signal: new AbortController().signal, deadlineMs: dropMs };
    const dropped = this.#moves
      .take(() =>
        withDeadline(clock, own, 'taking the addresses off', (signal) =>
          addresses.dropAll({ ...own, signal }),
        ),
      )
      .catch((thrown: unknown) => log.error({ err: thrown }, 'fence.address-stays'));
    const brief = { ...call, deadlineMs: Math.min(dropWaitMs, call.deadlineMs) };
    await withDeadline(clock, brief, 'taking the addresses off', () => dropped).catch(() =>
      call.signal.throwIfAborted(),
    );
  }

  [Symbol.dispose](): void {
    this.#fence[Symbol.dispose]();
  }
}
