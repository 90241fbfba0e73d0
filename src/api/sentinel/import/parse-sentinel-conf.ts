/**
 * Reads a sentinel.conf. Every directive is taken over or named in a warning with its line, so that nobody finds out
 * later what was lost. Nothing is read but the text.
 */
import { inlineWords } from '../inline-words.ts';
import {
  authPass,
  authUser,
  type ClusterDraft,
  type Directive,
  type Draft,
  knownReplica,
  monitor,
  number,
  type Taking,
  warn,
} from './draft.ts';
import {
  type ImportedCluster,
  type ImportedFace,
  type SentinelImport,
  sentinelDefaults,
} from './imported.ts';
import { sentinelLeftOut, serverLeftOut } from './left-out.ts';
import { serverDirectives } from './server-directives.ts';

const sentinelDirectives: Readonly<Record<string, Taking>> = {
  monitor,
  'down-after-milliseconds': number('downAfterMs', (value) =>
    value >= sentinelDefaults.downAfterMs
      ? "Sentinel's own patience; Dauphin's is far shorter, because it asks witnesses (see `detection`)"
      : undefined,
  ),
  'failover-timeout': number('failoverTimeoutMs', () => 'each step has its own time (see `failover`)'),
  'parallel-syncs': number('parallelSyncs', () => 'replicas go on by partial resynchronisation'),
  'auth-pass': authPass,
  'auth-user': authUser,
  'known-replica': knownReplica,
  'known-slave': knownReplica,
};

export function parseSentinelConf(text: string): SentinelImport {
  const draft: Draft = {
    ...{ clusters: new Map(), warnings: [] },
    ...{ port: 26_379, authClients: true, serverTls: false },
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) takeLine(draft, line.trim(), index + 1);
  return {
    clusters: [...draft.clusters.values()].map((cluster) => clusterOf(draft, cluster)),
    face: faceOf(draft),
    ...(draft.serverTls ? { serverTls: draft.caFile === undefined ? {} : { caFile: draft.caFile } } : {}),
    warnings: draft.warnings.toSorted((a, b) => a.line - b.line),
  };
}

function takeLine(draft: Draft, text: string, line: number): void {
  if (text === '' || text.startsWith('#')) return;
  const words = inlineWords(text);
  const [first = '', second = '', ...rest] = words ?? [];
  const word = first.toLowerCase();
  const isSentinel = word === 'sentinel';
  const name = isSentinel ? second.toLowerCase() : word;
  const directive: Directive = {
    line,
    title: isSentinel ? `sentinel ${name}`.trim() : name,
    args: isSentinel ? rest : (words ?? []).slice(1),
  };
  if (words === undefined) {
    warn(draft, { ...directive, title: text.split(/\s/)[0] ?? '' }, 'warning', 'a quote is not closed');
    return;
  }
  const take = own(isSentinel ? sentinelDirectives : serverDirectives, name);
  if (take !== undefined) {
    if (!take(draft, directive)) warn(draft, directive, 'warning', 'not understood');
    return;
  }
  const [weight, reason] = own(isSentinel ? sentinelLeftOut : serverLeftOut, name) ?? UNKNOWN;
  warn(draft, directive, weight, reason);
}

const UNKNOWN = ['warning', 'not known here, and not taken over'] as const;

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function clusterOf(draft: Draft, { user, password, ...cluster }: ClusterDraft): ImportedCluster {
  if (user !== undefined && password === undefined) {
    warn(draft, user.by, 'warning', `${cluster.name} has no auth-pass, so the user is not taken over`);
  }
  return password === undefined
    ? cluster
    : { ...cluster, auth: { user: user?.value ?? 'default', password } };
}

function faceOf(draft: Draft): ImportedFace {
  const { host = '0.0.0.0', port, maxClients, account } = draft;
  const tls = tlsOf(draft);
  return {
    ...{ host, port: tls?.port ?? port },
    ...(maxClients === undefined ? {} : { maxClients }),
    ...(account === undefined ? {} : { account }),
    ...(tls === undefined ? {} : { tls: tls.files }),
  };
}

function tlsOf(draft: Draft) {
  const { port, tlsPort, certificateFile, keyFile, caFile, authClients } = draft;
  if (tlsPort === undefined || tlsPort.value === 0) return undefined;
  if (certificateFile === undefined || keyFile === undefined) {
    warn(draft, tlsPort.by, 'warning', 'no tls-cert-file and tls-key-file, so it is not taken over');
    return undefined;
  }
  if (port !== 0) {
    warn(draft, tlsPort.by, 'warning', `the face has one port: this one is taken over, and ${port} is not`);
  }
  const clientCa = authClients && caFile !== undefined ? { clientCaFile: caFile } : {};
  return { port: tlsPort.value, files: { certificateFile, keyFile, ...clientCa } };
}
