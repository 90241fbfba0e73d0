/** What this server is and does: INFO, ROLE and COMMAND. */
import { ANY, type Client, type Container, type Face, type Row } from './command-row.ts';
import { SPOKEN_VERSION } from './connection-commands.ts';
import { array, bulk, integer, map, none, type Reply, simple, texts } from './reply.ts';
import type { PrimaryView } from './sentinel-view.ts';
import { nameOf } from './switch-messages.ts';

export const serverCommands: readonly Row[] = [
  { name: 'info', least: 0, most: ANY, run: ({ face }, sections) => bulk(infoText(face, sections)) },
  { name: 'role', least: 0, most: 0, run: ({ face }) => role(face) },
];

function role({ view }: Face): Reply {
  return array([bulk('sentinel'), texts(view.primaries().map(({ name }) => name))]);
}

const SECTIONS: Readonly<Record<string, (face: Face) => readonly string[]>> = {
  server: ({ view, clock, port, startedAt }) => [
    `redis_version:${SPOKEN_VERSION}`,
    'redis_mode:sentinel',
    'server_name:dauphin',
    `process_id:${process.pid}`,
    `run_id:${view.id}`,
    `tcp_port:${port}`,
    `uptime_in_seconds:${Math.max(0, Math.floor((clock.now() - startedAt) / 1000))}`,
  ],
  clients: (face) => [`connected_clients:${face.clients().length}`],
  sentinel: ({ view }) => [
    `sentinel_masters:${view.primaries().length}`,
    'sentinel_tilt:0',
    'sentinel_tilt_since_seconds:-1',
    'sentinel_running_scripts:0',
    'sentinel_scripts_queue_length:0',
    'sentinel_simulate_failure_flags:0',
    ...view.primaries().map((cluster, index) => primaryLine(cluster, index, view.peers().length + 1)),
  ],
};

const ALL: ReadonlySet<string> = new Set(['all', 'default', 'everything']);

function infoText(face: Face, sections: readonly string[]): string {
  const wished = new Set(sections.map((section) => section.toLowerCase()));
  const everything = wished.size === 0 || [...wished].some((word) => ALL.has(word));
  return Object.entries(SECTIONS)
    .filter(([name]) => everything || wished.has(name))
    .map(([name, lines]) => [`# ${name[0]?.toUpperCase()}${name.slice(1)}`, ...lines(face), ''])
    .map((lines) => lines.join('\r\n'))
    .join('\r\n');
}

function primaryLine(cluster: PrimaryView, index: number, sentinels: number): string {
  const { name, primary, last, replicas } = cluster;
  const status = primary === undefined ? 'odown' : primary.down ? short(primary.down.how) : 'ok';
  const address = last === undefined ? '' : nameOf(last.address);
  return `master${index}:name=${name},status=${status},address=${address},slaves=${replicas.length},sentinels=${sentinels}`;
}

const short = (how: 'subjectively' | 'objectively'): string => (how === 'objectively' ? 'odown' : 'sdown');

interface Table {
  readonly rows: readonly Row[];
  readonly containers: readonly Container[];
}

/** The answer to COMMAND by itself, and to COMMAND INFO. */
export function commandInfo(table: () => Table) {
  return (_: Client, names: readonly string[]): Reply => {
    const known = descriptions(table());
    const wished = names.length === 0 ? [...known.keys()] : names;
    return array(wished.map((name) => known.get(name.toLowerCase()) ?? none));
  };
}

export function commandCommands(table: () => Table): readonly Row[] {
  return [
    { name: 'count', least: 0, most: 0, run: () => integer(descriptions(table()).size) },
    { name: 'docs', least: 0, most: ANY, run: () => map([]) },
    { name: 'info', least: 0, most: ANY, run: commandInfo(table) },
    { name: 'list', least: 0, most: ANY, run: () => texts([...descriptions(table()).keys()]) },
    {
      name: 'help',
      least: 0,
      most: 0,
      run: () => array(['COUNT', 'DOCS', 'INFO [<command-name> ...]', 'LIST'].map(simple)),
    },
  ];
}

function descriptions({ rows, containers }: Table): ReadonlyMap<string, Reply> {
  const plain = rows.map((row) => [row.name, described(row.name, arity(row))] as const);
  const nested = containers.map(({ name }) => [name, described(name, -2)] as const);
  return new Map([...plain, ...nested]);
}

/** Redis counts the name too, and writes "at least" as a negative number. */
const arity = ({ least, most }: Row): number => (least === most ? least + 1 : -(least + 1));

/** Name, arity, flags, first and last key, step, categories, tips, key specifications, subcommands. */
function described(name: string, words: number): Reply {
  const no = array([]);
  return array([
    ...[bulk(name), integer(words), array([])],
    ...[integer(0), integer(0), integer(0)],
    ...[no, no, no, no],
  ]);
}
