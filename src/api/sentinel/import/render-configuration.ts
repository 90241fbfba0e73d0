/** The configuration file that stands for a sentinel.conf. Passwords are not in it but in the environment. */
import { stringify } from 'yaml';
import { formatAddress } from '../../../core/identity.ts';
import {
  type ImportedCluster,
  type ImportedFace,
  type SentinelImport,
  sentinelDefaults,
} from './imported.ts';

export interface RenderedConfiguration {
  readonly yaml: string;
  /** The variables that it names, with the passwords that belong there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `title`: where it comes from, for the first line. */
export function renderConfiguration(imported: SentinelImport, title: string): RenderedConfiguration {
  const environment: Record<string, string> = {};
  const secret: Secret = (wished, password) => {
    let name = wished;
    for (let n = 2; name in environment && environment[name] !== password; n++) name = `${wished}_${n}`;
    environment[name] = password;
    return `\${${name}}`;
  };
  const names = new Set<string>();
  const { serverTls } = imported;
  const content = {
    sentinel: faceKeys(imported.face, secret),
    ...(serverTls === undefined ? {} : { credentials: { tls: { ...serverTls } } }),
    clusters: imported.clusters.map((cluster) =>
      clusterKeys(cluster, uniqueName(cluster.name, names), secret),
    ),
  };
  const head = `# Made from ${title.replace(/\s+/g, ' ')} by dauphin import sentinel.\n`;
  return { yaml: head + stringify(content, { lineWidth: 110 }), environment };
}

type Secret = (name: string, password: string) => string;

function faceKeys(face: ImportedFace, secret: Secret): object {
  const { account, ...rest } = face;
  if (account === undefined) return rest;
  const user = account.user === 'default' ? {} : { user: account.user };
  return { ...rest, ...user, password: secret('DAUPHIN_SENTINEL_PASSWORD', account.password) };
}

function clusterKeys(cluster: ImportedCluster, name: string, secret: Secret): object {
  const { seeds, auth, downAfterMs } = cluster;
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_PASSWORD`.replace(/^(?=\d)/, '_');
  return {
    ...{ name, engine: 'redis', seeds: seeds.map(formatAddress) },
    ...(auth === undefined
      ? {}
      : { credentials: { admin: { user: auth.user, password: secret(variable, auth.password) } } }),
    ...(downAfterMs < sentinelDefaults.downAfterMs ? { detection: { answer: `${downAfterMs}ms` } } : {}),
    // As Sentinel did.
    failover: { mode: 'automatic' },
  };
}

/** Clients ask by this name, so it is changed only where it could not stand in the file. */
function uniqueName(text: string, taken: Set<string>): string {
  const wished = text.replace(/[^\w.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'cluster';
  let name = wished;
  for (let n = 2; taken.has(name); n++) name = `${wished}-${n}`;
  taken.add(name);
  return name;
}
