/** The key `sentinel` of the configuration file: where the Sentinel face listens, and who may use it. */
import { z } from 'zod';
import { type Address, parseAddress } from '../../core/identity.ts';
import { duration } from './duration.ts';
import { contentOf, expandable, firstLineOf, type Surroundings } from './secrets.ts';

const DEFAULT_SENTINEL_PORT = 26379;

export interface SentinelTls {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities whose certificates clients must show; absent: clients need none. */
  readonly clientAuthorities?: string;
}

export interface SentinelSettings {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** `default` is the user of clients that say only a password. Absent: everybody may ask. */
  readonly account?: { readonly user: string; readonly password: string };
  readonly tls?: SentinelTls;
  /** Where the Sentinel faces of the other controllers listen. */
  readonly others: readonly Address[];
  readonly maxClients: number;
  /** See `settled-primary.ts`. */
  readonly lookupHoldMs: number;
}

function address(description: string) {
  return z
    .string()
    .transform((text, context): Address => {
      const parsed = parseAddress(text, DEFAULT_SENTINEL_PORT);
      if (parsed) return parsed;
      const message = 'must be an address such as 10.0.0.1:26379';
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .meta({ description, takes: `address (port ${DEFAULT_SENTINEL_PORT} when it names none)` });
}

function tls(surroundings: Surroundings) {
  return z
    .strictObject({
      certificateFile: contentOf('The certificate of this port with its chain, in PEM.', surroundings),
      keyFile: contentOf('Its key, in PEM.', surroundings),
      clientCaFile: contentOf(
        'Clients must show a certificate that one of these authorities signed; PEM.',
        surroundings,
      ).exactOptional(),
    })
    .exactOptional()
    .meta({ description: 'Clients speak TLS. Without it, the port is not encrypted.' });
}

export function sentinelSchema(surroundings: Surroundings) {
  return z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').meta({ description: 'Address of the network interface.' }),
      port: z
        .int()
        .min(0)
        .max(65535)
        .default(DEFAULT_SENTINEL_PORT)
        .meta({ description: 'Port; 0 for any that is free.' }),
      user: expandable(
        'Name that clients have to say beside the password; `default` is that of clients that say none.',
        surroundings,
      ).prefault('default'),
      password: expandable(
        'What clients have to say first. Without it and `passwordFile`, everybody may ask.',
        surroundings,
      ).exactOptional(),
      passwordFile: firstLineOf('A file whose first line is the password.', surroundings).exactOptional(),
      tls: tls(surroundings),
      others: z.array(address('One of them.')).default([]).meta({
        description:
          'Where the Sentinel ports of the other controllers are: clients are told of them, and ask them when this one does not answer.',
        takes: 'list of address',
      }),
      maxClients: z
        .int()
        .min(1)
        .default(10_000)
        .meta({ description: 'More connections than this are refused.' }),
      lookupHold: duration('How long a question for a primary waits while the role changes hands.').prefault(
        '1s',
      ),
    })
    .transform(asSettings)
    .exactOptional()
    .meta({
      description:
        'A port that answers as Redis Sentinel does, for applications with Sentinel-aware clients. Without it, there is none.',
    });
}

interface SentinelText {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly clientCaFile?: string;
  };
  readonly others: readonly Address[];
  readonly maxClients: number;
  readonly lookupHold: number;
}

function asSettings(text: SentinelText, context: z.core.$RefinementCtx<unknown>): SentinelSettings {
  const complain = (message: string): void =>
    void context.issues.push({ code: 'custom', message, input: undefined });
  const { host, port, user, tls, others, maxClients, lookupHold: lookupHoldMs } = text;
  if (text.password !== undefined && text.passwordFile !== undefined)
    complain('password and passwordFile are both given; one is meant');
  const password = text.password ?? text.passwordFile;
  if (password === '') complain('the password is empty');
  if (password === undefined && user !== 'default') complain('a user needs a password');
  return {
    ...{ host, port, others, maxClients, lookupHoldMs },
    ...(password === undefined ? {} : { account: { user, password } }),
    ...(tls === undefined ? {} : { tls: asTls(tls) }),
  };
}

function asTls(tls: NonNullable<SentinelText['tls']>): SentinelTls {
  const { certificateFile: certificate, keyFile: key, clientCaFile } = tls;
  return { certificate, key, ...(clientCaFile === undefined ? {} : { clientAuthorities: clientCaFile }) };
}
