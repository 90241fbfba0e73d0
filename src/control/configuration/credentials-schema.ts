/** The accounts with which servers are reached, for all clusters and for one. */
import { z } from 'zod';
import type { Credentials } from '../../core/engine.ts';
import type { ClusterCredentials } from './configuration.ts';
import { expandable, firstLineOf, pathKey, type Surroundings } from './secrets.ts';

function accountKeys(surroundings: Surroundings) {
  return {
    user: expandable('Name of the account.', surroundings),
    password: expandable(
      'Its password; empty when neither this nor `passwordFile` is given.',
      surroundings,
    ).exactOptional(),
    passwordFile: firstLineOf('A file whose first line is the password.', surroundings).exactOptional(),
  };
}

interface AccountText {
  readonly user: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

interface Account {
  readonly user: string;
  readonly password: string;
}

function asAccount(account: AccountText, context: z.core.$RefinementCtx<unknown>): Account {
  if (account.password !== undefined && account.passwordFile !== undefined) {
    context.issues.push({
      code: 'custom',
      message: 'password and passwordFile are both given; one is meant',
      input: undefined,
    });
  }
  return { user: account.user, password: account.password ?? account.passwordFile ?? '' };
}

function tls(surroundings: Surroundings) {
  return z
    .strictObject({
      verifyServer: z
        .boolean()
        .default(true)
        .meta({ description: 'Refuse a server whose certificate is not valid for it.' }),
      caFile: pathKey('Certificates of the authorities to trust, in PEM.', surroundings).exactOptional(),
    })
    .exactOptional()
    .meta({ description: 'Connect to the servers by TLS. Without it, connections are not encrypted.' });
}

const ADMIN = 'The account that looks at servers and hands the primary over.';
const REPLICATION =
  'The account a server that never was a replica uses to follow one. Others go on with what they have.';

export function credentialsSchema(surroundings: Surroundings) {
  const keys = accountKeys(surroundings);
  const admin = z.strictObject({ ...keys, user: keys.user.prefault('dauphin') }).transform(asAccount);
  return z
    .strictObject({
      admin: admin.prefault({}).meta({ description: ADMIN }),
      replication: z
        .strictObject(keys)
        .transform(asAccount)
        .exactOptional()
        .meta({ description: REPLICATION }),
      tls: tls(surroundings),
    })
    .prefault({})
    .meta({ description: 'Accounts for all clusters.' });
}

export function clusterCredentialsSchema(surroundings: Surroundings) {
  const account = z.strictObject(accountKeys(surroundings)).transform(asAccount);
  return z
    .strictObject({
      admin: account.exactOptional().meta({ description: ADMIN }),
      replication: account.exactOptional().meta({ description: REPLICATION }),
      tls: tls(surroundings),
    })
    .prefault({})
    .meta({
      description: 'Accounts for this cluster where they differ; each replaces the one for all clusters.',
    });
}

type CredentialsText = z.output<ReturnType<typeof credentialsSchema>>;
type ClusterCredentialsText = z.output<ReturnType<typeof clusterCredentialsSchema>>;

export function resolveCredentials(
  all: CredentialsText,
  own: ClusterCredentialsText = {},
): ClusterCredentials {
  const { admin, replication, tls: security } = { ...all, ...own };
  const secured = (account: Account): Credentials => (security ? { ...account, tls: security } : account);
  return { admin: secured(admin), ...(replication ? { replication: secured(replication) } : {}) };
}
