/** What befalls machines, disks, agents and the ways between them. */
import type { HostTrouble, Role, Trouble } from './scenario.ts';
import type { World } from './world.ts';

type Lasts = (ms: number, heal: () => void) => void;

const badWeather: readonly [number, number] = [5, 120];

export class HostFaults {
  readonly #world: World;
  readonly #lasts: Lasts;

  constructor(world: World, lasts: Lasts) {
    this.#world = world;
    this.#lasts = lasts;
  }

  act(trouble: Trouble): void {
    if (isOfHost(trouble)) this.#act(trouble);
  }

  #act(trouble: HostTrouble): void {
    const world = this.#world;
    switch (trouble.kind) {
      case 'host-crash': {
        const host = this.#host(trouble.role);
        if (!host.up) return;
        const lost = host.crash();
        const now = world.clock.monotonic();
        for (const { origin, number } of lost) world.lostInCrash.set(`${host.name} ${origin}:${number}`, now);
        if (lost.length > 0) world.trace.add(host.name, `${lost.length} transactions were not on the disk`);
        if (trouble.stays) world.leftDown.add(host.name);
        this.#lasts(trouble.forMs, () => host.boot(trouble.stays));
        return;
      }
      case 'isolate': {
        const host = this.#host(trouble.role);
        host.isolate();
        this.#lasts(trouble.forMs, () => host.rejoinNetwork());
        return;
      }
      case 'cut-replicas': {
        const primary = world.as('primary').name;
        const others = world.servers.map(({ name }) => name).filter((name) => name !== primary);
        for (const other of others) world.network.cut(primary, other);
        this.#lasts(trouble.forMs, () => {
          for (const other of others) world.network.heal(primary, other);
        });
        return;
      }
      default:
        this.#onTheWay(trouble);
    }
  }

  #onTheWay(trouble: HostTrouble): void {
    const { network, hostOfControllers } = this.#world;
    switch (trouble.kind) {
      case 'one-way': {
        const { name } = this.#world.as(trouble.role);
        const [from, to] = trouble.direction === 'to' ? [hostOfControllers, name] : [name, hostOfControllers];
        network.cutOneWay(from, to);
        this.#lasts(trouble.forMs, () => network.healOneWay(from, to));
        return;
      }
      case 'weather': {
        const { name } = this.#world.as(trouble.role);
        network.setWeather(hostOfControllers, name, { delay: badWeather, loss: trouble.loss });
        this.#lasts(trouble.forMs, () => network.setWeather(hostOfControllers, name, undefined));
        return;
      }
      default:
        this.#onTheMachine(trouble);
    }
  }

  #onTheMachine(trouble: HostTrouble): void {
    const { network, hostOfControllers } = this.#world;
    switch (trouble.kind) {
      case 'disk-stall': {
        const { server } = this.#host(trouble.role);
        if (server.disk.stuck) return;
        server.disk.stuck = true;
        this.#lasts(trouble.forMs, () => {
          server.disk.stuck = false;
          server.recheck();
          server.channel?.poke();
        });
        return;
      }
      case 'agent-down':
      case 'agent-hang': {
        const { agent } = this.#host(trouble.role);
        if (agent?.life !== 'up') return;
        if (trouble.kind === 'agent-down') agent.die();
        else agent.hang();
        this.#lasts(trouble.forMs, () => {
          if (this.#host(trouble.role).up) agent.start();
        });
        return;
      }
      case 'agent-cut-off': {
        const { agent } = this.#host(trouble.role);
        if (!agent) return;
        network.cut(hostOfControllers, agent.name);
        this.#lasts(trouble.forMs, () => network.heal(hostOfControllers, agent.name));
        return;
      }
      case 'start-server':
        this.#host(trouble.role).startServer();
        return;
      case 'stop-applier':
        this.#world.as(trouble.role).channel?.stopApplier();
        this.#world.stoppedByHand.add(this.#world.as(trouble.role).name);
        return;
      default:
        return;
    }
  }

  #host(role: Role) {
    return this.#world.host(this.#world.as(role).name);
  }
}

const kinds: ReadonlySet<Trouble['kind']> = new Set<HostTrouble['kind']>([
  'host-crash',
  'isolate',
  'cut-replicas',
  'one-way',
  'weather',
  'disk-stall',
  'agent-down',
  'agent-hang',
  'agent-cut-off',
  'stop-applier',
  'start-server',
]);

const isOfHost = (trouble: Trouble): trouble is HostTrouble => kinds.has(trouble.kind);
