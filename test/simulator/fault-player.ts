/** Lets happen what a scenario has planned, when its moment comes, and puts it right again afterwards. */
import type { JournalEntry } from '../../src/core/operation.ts';
import type { Transaction } from '../../src/core/store.ts';
import type { ProcessModel } from '../../src/simulator/process-model.ts';
import type { StoreTrouble } from '../../src/simulator/store-access.ts';
import { HostFaults } from './host-faults.ts';
import { describeTrouble, type Moment, type PlannedTrouble, type Trouble } from './scenario.ts';
import type { Meddler, World } from './world.ts';

type Fate = ReturnType<StoreTrouble['onCommit']>;

export class FaultPlayer implements Meddler {
  readonly #world: World;
  readonly #hostFaults: HostFaults;
  #planned: PlannedTrouble[];
  /** Statements whose answer will be lost, by server. */
  #losing: { readonly server: string; readonly statement: string }[] = [];
  #commits = 0;
  #begun = false;
  /** Troubles that are not over. */
  active = 0;
  healedAt = 0;
  firstAt: number | undefined;
  /** How long something lasted that could keep a server from answering or a controller from acting. */
  longestMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.#hostFaults = new HostFaults(world, (ms, heal) => this.#lasts(ms, heal));
    this.#planned = [...world.scenario.troubles];
  }

  /** The request is on its way: moments are counted from here. */
  begin(): void {
    this.#begun = true;
    for (const planned of this.#planned) {
      if (!('atMs' in planned.moment)) continue;
      this.#world.clock.after(planned.moment.atMs, () => this.#play(planned));
    }
  }

  onCommit(process: ProcessModel, transaction: Transaction): Fate {
    const entries = journalled(transaction);
    if (!this.#begun || entries.length === 0) return undefined;
    this.#commits += 1;
    let fate: Fate;
    for (const planned of [...this.#planned]) {
      const { moment, trouble } = planned;
      if (!this.#comes(moment, entries, 'commit')) continue;
      if (trouble.kind === 'crash') {
        this.#take(planned);
        this.#restartAfter(trouble.restartMs);
        fate = 'die-before';
      } else if (trouble.kind === 'machine-crash') {
        this.#play(planned);
        fate = 'die-before';
      } else if (trouble.kind === 'store-answer-lost') {
        this.#take(planned);
        fate = 'lose-answer';
      } else this.#play(planned, process);
    }
    return fate;
  }

  committed(process: ProcessModel, transaction: Transaction): void {
    const entries = journalled(transaction);
    if (!this.#begun || entries.length === 0) return;
    for (const planned of [...this.#planned]) {
      const { moment } = planned;
      if (!this.#comes(moment, entries, 'started') && !this.#comes(moment, entries, 'done')) continue;
      const thenMs = 'step' in moment ? (moment.thenMs ?? 0) : 0;
      if (thenMs === 0) this.#play(planned, process);
      else {
        this.#take(planned);
        this.active += 1;
        this.#world.clock.after(thenMs, () => {
          this.active -= 1;
          this.#act(planned.trouble, process);
        });
      }
    }
  }

  losesAnswer(server: string, sql: string): boolean {
    const at = this.#losing.findIndex((each) => each.server === server && sql.startsWith(each.statement));
    if (at < 0) return false;
    this.#losing.splice(at, 1);
    this.#world.trace.add('fault', `the answer of ${server} to ${sql} is lost`);
    return true;
  }

  #comes(moment: Moment, entries: readonly JournalEntry[], when: 'commit' | 'started' | 'done'): boolean {
    if ('atMs' in moment || moment.when !== when) return false;
    if ('commit' in moment) return moment.commit === this.#commits;
    const event = when === 'done' ? 'step-done' : 'step-started';
    return entries.some(({ what }) => what.event === event && what.step.startsWith(moment.step));
  }

  #take(planned: PlannedTrouble): void {
    this.#planned = this.#planned.filter((each) => each !== planned);
    this.firstAt ??= this.#world.clock.monotonic();
    this.#world.trace.add('fault', describeTrouble(planned));
  }

  #play(planned: PlannedTrouble, process?: ProcessModel): void {
    if (!this.#planned.includes(planned)) return;
    this.#take(planned);
    this.#act(planned.trouble, process);
  }

  #lasts(ms: number, heal: () => void): void {
    this.active += 1;
    this.longestMs = Math.max(this.longestMs, ms);
    this.#world.clock.after(ms, () => {
      this.active -= 1;
      this.healedAt = this.#world.clock.monotonic();
      this.#world.trace.add('fault', 'healed');
      heal();
    });
  }

  #restartAfter(ms: number): void {
    this.#lasts(ms, () => this.#world.startController());
  }

  #act(trouble: Trouble, process = this.#world.current?.process): void {
    const world = this.#world;
    switch (trouble.kind) {
      case 'kill': {
        const server = world.as(trouble.role);
        if (server.life === 'down') return;
        const writable =
          trouble.comesBack === 'as-before' ? !server.readOnly : trouble.comesBack === 'writable';
        server.traits.startsWritable = writable;
        server.kill();
        this.#lasts(trouble.forMs, () => world.host(server.name).startServer());
        return;
      }
      case 'hang': {
        const server = world.as(trouble.role);
        server.hang();
        this.#lasts(trouble.forMs, () => server.wake());
        return;
      }
      case 'cut-off':
        this.#cut(world.hostOfControllers, world.as(trouble.role).name, trouble.forMs);
        return;
      case 'cut-replication':
        this.#cut(world.as(trouble.from).name, world.as(trouble.to).name, trouble.forMs);
        return;
      case 'lose-answer':
        this.#losing.push({ server: world.as(trouble.role).name, statement: trouble.statement });
        return;
      case 'break-connections': {
        const server = world.as(trouble.role);
        for (const session of [...server.sessions.values()]) {
          if (session.kind === 'dauphin') server.end(session, true);
        }
        return;
      }
      default:
        this.#actOnControl(trouble, process);
    }
  }

  #actOnControl(trouble: Trouble, process: ProcessModel | undefined): void {
    const world = this.#world;
    switch (trouble.kind) {
      case 'machine-crash':
        world.crashControllers(trouble.survivors);
        this.#restartAfter(trouble.restartMs);
        return;
      case 'crash':
        if (!process || process.dead) return;
        process.die();
        this.#restartAfter(trouble.restartMs);
        return;
      case 'pause':
        if (!process?.running) return;
        process.pause();
        world.clock.after(trouble.rivalMs, () => world.startController());
        this.#lasts(trouble.forMs, () => process.goOn());
        return;
      case 'store-cut-off':
        if (!process?.running) return;
        world.storeTrouble.cutOff.add(process.name);
        world.clock.after(trouble.rivalMs, () => world.startController());
        this.#lasts(trouble.forMs, () => world.storeTrouble.cutOff.delete(process.name));
        return;
      case 'store-unwritable':
        world.storeTrouble.unwritable = true;
        this.#lasts(trouble.forMs, () => {
          world.storeTrouble.unwritable = false;
        });
        return;
      case 'route-down':
        if (!world.route.up) return;
        world.route.stop();
        this.#lasts(trouble.forMs, () => world.route.start());
        return;
      default:
        this.#hostFaults.act(trouble);
    }
  }

  #cut(a: string, b: string, forMs: number): void {
    this.#world.network.cut(a, b);
    this.#lasts(forMs, () => this.#world.network.heal(a, b));
  }
}

function journalled(transaction: Transaction): readonly JournalEntry[] {
  return transaction.writes.flatMap((write) =>
    'put' in write && write.put.startsWith('/journal/') ? [JSON.parse(write.value) as JournalEntry] : [],
  );
}
