/** Other controllers in the configuration file: where their API is, and the token that it asks for. */
import { z } from 'zod';
import type { PeerSettings } from '../../core/peer.ts';
import { expandable, firstLineOf, type Surroundings } from './secrets.ts';

/** In one form, without a slash at its end; undefined when it is not the URL of an API. */
export function apiUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, username, password, search, hash } = new URL(text);
  const plain = [username, password, search, hash].every((part) => part === '');
  if (!['http:', 'https:'].includes(protocol) || !plain) return undefined;
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

const url = z
  .string()
  .transform((text, context): string => {
    const read = apiUrl(text);
    if (read !== undefined) return read;
    const message = 'must be a URL such as http://10.0.1.5:7432, without a user or a query';
    context.issues.push({ code: 'custom', message, input: '' });
    return z.NEVER;
  })
  .meta({ description: 'Where its API is.', takes: 'URL, `http://` or `https://`' });

interface PeerText {
  readonly name: string;
  readonly url: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

function asPeer(
  { name, url, token, tokenFile }: PeerText,
  context: z.core.$RefinementCtx<unknown>,
): PeerSettings {
  const complain = (message: string): void =>
    void context.issues.push({ code: 'custom', message, input: undefined });
  const given = token ?? tokenFile;
  if (token !== undefined && tokenFile !== undefined)
    complain('token and tokenFile are both given; one is meant');
  if (given === undefined) complain('needs the token of its API, as token or tokenFile');
  else if (!/^[\x21-\x7e]+$/.test(given)) complain('the token is empty, or holds what no token does');
  return { name, url, token: given ?? '' };
}

export function peersSchema(surroundings: Surroundings) {
  return z
    .array(
      z
        .strictObject({
          name: z
            .string()
            .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be made of letters, digits, and . _ - within')
            .meta({ description: 'Unique; under it its word stands in judgements.', takes: 'text' }),
          url,
          token: expandable('The token of its API.', surroundings).exactOptional(),
          tokenFile: firstLineOf('A file whose first line is that token.', surroundings).exactOptional(),
        })
        .transform(asPeer),
    )
    .default([])
    .meta({
      description:
        'Other controllers that watch the same servers: they are asked what they see of a primary that this one cannot reach.',
    });
}
