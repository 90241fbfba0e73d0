/** What HAProxy says of one route: where the slot points, and which limits are set now. */
import type { Address } from '../../core/identity.ts';
import type { HaproxySettings } from '../../core/policy.ts';
import type { Reply, Row } from './reply.ts';

export interface Reading {
  /** `2.6.12-1+deb12u4`. */
  readonly version: string;
  /** Connections the process takes in all: what a frontend without a limit of its own has for one. */
  readonly processLimit: number;
  readonly slot: Slot;
  /** Connections at once in the frontend; undefined when the route has none, or HAProxy knows none of that name. */
  readonly frontendLimit: number | undefined;
  /** Connections at once to the slot; 0: any number. */
  readonly slotLimit: number;
}

export interface Slot {
  readonly address: Address;
  /** New connections may go there. */
  readonly inUse: boolean;
}

export function readCommands(settings: HaproxySettings): readonly string[] {
  // By name, `show stat` finds only one of a frontend and a backend that share theirs.
  return ['show info', 'show stat -1 5 -1', slotCommand(settings)];
}

export const slotCommand = (settings: HaproxySettings): string => `show servers state ${settings.backend}`;

/** Undefined when HAProxy has no such slot. */
export function readSlot(reply: Reply, settings: HaproxySettings): Slot | undefined {
  const row = reply.servers.find(
    (server) => server.get('be_name') === settings.backend && server.get('srv_name') === settings.server,
  );
  if (row === undefined) return undefined;
  return {
    address: { host: (row.get('srv_addr') ?? '').toLowerCase(), port: number(row, 'srv_port') },
    inUse: isInUse(row),
  };
}

export function readRoute(reply: Reply, settings: HaproxySettings): Reading | undefined {
  const slot = readSlot(reply, settings);
  const frontend = find(reply, settings.frontend, 'FRONTEND');
  const server = find(reply, settings.backend, settings.server);
  if (slot === undefined || server === undefined) return undefined;
  return {
    version: reply.info.get('Version') ?? '',
    processLimit: Number(reply.info.get('Maxconn') ?? 0),
    slot,
    frontendLimit: frontend && number(frontend, 'slim'),
    slotLimit: number(server, 'slim'),
  };
}

function find(reply: Reply, proxy: string | undefined, server: string): Row | undefined {
  return reply.statistics.find((row) => row.get('pxname') === proxy && row.get('svname') === server);
}

/**
 * Operational states: 0 stopped, 1 starting, 2 running, 3 stopping. The administrative state's bits are forms of
 * maintenance and draining, save 0x40 (its name was set by the runtime API).
 * https://docs.haproxy.org/2.6/management.html#9.3-show%20servers%20state
 */
function isInUse(row: Row): boolean {
  const running = ['1', '2'].includes(row.get('srv_op_state') ?? '');
  return running && (number(row, 'srv_admin_state') & 0x3f) === 0 && number(row, 'srv_uweight') > 0;
}

function number(row: Row, column: string): number {
  return Number(row.get(column) || 0);
}
