/** The agent's configuration file: which server it looks after, where, and what it may do. */
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fault } from '../../contract/errors.ts';
import { ipv4WithPrefix } from '../../contract/network-names.ts';
import { type Address, parseAddress } from '../../core/identity.ts';

const defaultPort = 7433;

const address = (port: number) =>
  z.string().transform((text, context): Address => {
    const read = parseAddress(text, port);
    if (read) return read;
    context.issues.push({ code: 'custom', message: 'must be host:port', input: text });
    return z.NEVER;
  });

const command = z.strictObject({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  output: z.string().min(1).exactOptional(),
});

const supervise = z.discriminatedUnion('kind', [
  command.extend({ kind: z.literal('child') }),
  z.strictObject({ kind: z.literal('pid-file'), pidFile: z.string().min(1), start: command.exactOptional() }),
  z.strictObject({
    kind: z.literal('systemd'),
    unit: z.string().regex(/^[\w@.:-]+$/, 'must be the name of a unit, as mariadb.service'),
  }),
]);

const server = z
  .strictObject({
    engine: z.enum(['mariadb', 'mysql', 'redis', 'redis-cluster']),
    dataFolder: z.string().min(1),
    socket: z.string().min(1).exactOptional(),
    address: address(3306).exactOptional(),
    supervise,
    /** The list of its log's files, `….index`; without it the one in the data folder. */
    logIndex: z.string().min(1).exactOptional(),
    /** A piece of its configuration that the agent writes to make it start read-only. */
    readOnlyFile: z.string().min(1).exactOptional(),
    /** Its engine's log reader. */
    logTool: z.string().min(1).exactOptional(),
  })
  .refine(({ socket, address: tcp }) => socket !== undefined || tcp !== undefined, {
    path: ['socket'],
    message: 'its socket or its address is needed',
  });

const schema = z.strictObject({
  listen: address(defaultPort),
  /** The agent's own: its key, its certificates, and the fence. */
  dataDir: z.string().min(1),
  /** The controller's API, for joining and for new certificates. */
  controller: z.url().exactOptional(),
  /** Those that may be moved to this host and from it; it touches no other. */
  addresses: z.array(ipv4WithPrefix).default([]),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  server,
});

export type AgentConfiguration = Readonly<z.output<typeof schema>>;
export type ServerConfiguration = AgentConfiguration['server'];

/** Relative paths start from the file's folder. Throws `config-invalid` with a line for each problem. */
export function loadAgentConfiguration(file: string): AgentConfiguration {
  try {
    return withPaths(schema.parse(parse(readFileSync(file, 'utf8'))), dirname(file));
  } catch (thrown) {
    const words = thrown instanceof z.ZodError ? problems(thrown) : [String(thrown)];
    throw new Fault('config-invalid', words.map((line) => `${file}: ${line}`).join('\n'), { cause: thrown });
  }
}

const problems = ({ issues }: z.ZodError): readonly string[] =>
  issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`);

function withPaths(read: AgentConfiguration, folder: string): AgentConfiguration {
  const { server: given, dataDir } = read;
  const at = (path: string): string => resolve(folder, path);
  const paths = (['socket', 'logIndex', 'readOnlyFile'] as const).flatMap((key) => {
    const path = given[key];
    return path === undefined ? [] : [[key, at(path)] as const];
  });
  return {
    ...read,
    dataDir: at(dataDir),
    server: { ...given, ...Object.fromEntries(paths), dataFolder: placeOf(at(given.dataFolder)) },
  };
}

/**
 * As the kernel names it, for comparing with the folder that a process works in. Also of a folder that is not there: the
 * agent may have died when it was about to put another in its place.
 */
function placeOf(path: string): string {
  const place = join(realpathSync(dirname(path)), basename(path));
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? placeOf(resolve(dirname(place), readlinkSync(place))) : place;
}
