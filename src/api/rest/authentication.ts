/** Who may speak to the API: whoever shows the token. Only routes marked `open` answer without it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../contract/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token: says nothing about any cluster. */
    open?: boolean;
  }
}

/** Also guards paths that do not exist, so that a stranger learns nothing of which do. */
export function requireToken(app: FastifyInstance, token: string): void {
  const expected = digest(token);
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true) return;
    const given = bearerToken(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    reply.header('www-authenticate', given === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
    throw new Fault('unauthorized', given === undefined ? 'no bearer token was sent' : 'the token is wrong');
  });
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
}

/** Equal lengths for the comparison, so that its time tells nothing, not even how long the token is. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
