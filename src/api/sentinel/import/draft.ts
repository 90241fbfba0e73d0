/** A sentinel.conf while it is read: what is known so far, and how each directive adds to it. */
import { type Address, parseAddress } from '../../../core/identity.ts';
import type { ImportedCluster, ImportedFace, ImportWarning } from './imported.ts';
import { sentinelDefaults } from './imported.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface ClusterDraft extends Writable<Omit<ImportedCluster, 'auth' | 'seeds'>> {
  seeds: Address[];
  user?: Placed<string>;
  password?: string;
}

/** A value and the directive that gave it, for what shows only at the end of the file. */
export interface Placed<T> {
  readonly value: T;
  readonly by: Directive;
}

export interface Draft {
  readonly clusters: Map<string, ClusterDraft>;
  readonly warnings: ImportWarning[];
  host?: string;
  port: number;
  tlsPort?: Placed<number>;
  certificateFile?: string;
  keyFile?: string;
  caFile?: string;
  authClients: boolean;
  serverTls: boolean;
  maxClients?: number;
  account?: ImportedFace['account'];
}

export interface Directive {
  readonly line: number;
  /** As written, for people. */
  readonly title: string;
  readonly args: readonly string[];
}

/** False: what it says has no form that this directive takes. */
export type Taking = (draft: Draft, directive: Directive) => boolean;

export function warn(
  draft: Draft,
  { line, title }: Directive,
  weight: ImportWarning['weight'],
  text: string,
): true {
  draft.warnings.push({ line, weight, text: `${title}: ${text}` });
  return true;
}

/** `name host port quorum`. */
export const monitor: Taking = (draft, directive) => {
  const [name = '', host = '', port = '', quorumText = ''] = directive.args;
  const address = addressOf(host, port);
  const quorum = wholeNumber(quorumText);
  if (address === undefined || quorum === undefined || quorum < 1 || directive.args.length !== 4)
    return false;
  if (draft.clusters.has(name))
    return warn(draft, directive, 'warning', `${name} is monitored twice; the first stays`);
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    warn(
      draft,
      directive,
      'warning',
      `"${name}" cannot be a cluster's name: clients have to ask by another one`,
    );
  }
  draft.clusters.set(name, { name, seeds: [address], quorum, ...sentinelDefaults });
  if (quorum > 1) {
    const text = `the quorum of ${quorum} is not taken over: Dauphin needs two witnesses, its replicas among them; name other controllers under \`peers\``;
    warn(draft, directive, 'note', text);
  }
  return true;
};

/** `name value` into one number of a cluster. */
export function number(
  key: 'downAfterMs' | 'failoverTimeoutMs' | 'parallelSyncs',
  why: (value: number) => string | undefined,
): Taking {
  return ofCluster((cluster, [text = ''], draft, directive) => {
    const value = wholeNumber(text);
    if (value === undefined || value < 1) return false;
    cluster[key] = value;
    const reason = why(value);
    return reason === undefined ? true : warn(draft, directive, 'note', reason);
  });
}

export const authPass: Taking = ofCluster((cluster, [password = '']) => {
  cluster.password = password;
  return password !== '';
});

export const authUser: Taking = ofCluster((cluster, [user = ''], _, by) => {
  cluster.user = { value: user, by };
  return user !== '';
});

/** `name host port`. */
export const knownReplica: Taking = ofCluster((cluster, [host = '', port = '']) => {
  const address = addressOf(host, port);
  if (address === undefined) return false;
  cluster.seeds.push(address);
  return true;
});

type ClusterTaking = (
  cluster: ClusterDraft,
  args: readonly string[],
  draft: Draft,
  directive: Directive,
) => boolean;

/** Sentinel itself refuses to start where a directive names what is not monitored yet. */
function ofCluster(take: ClusterTaking): Taking {
  return (draft, directive) => {
    const [name = '', ...rest] = directive.args;
    const cluster = draft.clusters.get(name);
    return cluster === undefined
      ? warn(draft, directive, 'warning', `no line above monitors ${name}`)
      : take(cluster, rest, draft, directive);
  };
}

function addressOf(host: string, port: string): Address | undefined {
  return parseAddress(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, 0);
}

export function wholeNumber(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
