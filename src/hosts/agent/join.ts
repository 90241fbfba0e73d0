/** The agent's side of joining and of renewing: asks the controller, and believes only what is proven. */
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { request as ask } from 'undici';
import type { z } from 'zod';
import { joinedSchema, renewedSchema } from '../../contract/enrolment-schema.ts';
import { errorBodySchema } from '../../contract/error-schema.ts';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Credentials } from '../certificates/credentials.ts';
import { fingerprintOf, proofOfRequest, readToken } from '../certificates/join-token.ts';
import { makeRequest } from '../certificates/request.ts';

export interface ControllerPlace {
  /** Of its API. */
  readonly url: string;
  readonly clock: Clock;
}

/** Throws `unauthorized` when the token is not taken, or the answer is not of the authority that it names. */
export async function join(
  controller: ControllerPlace,
  { token, hosts }: { readonly token: string; readonly hosts: readonly string[] },
  call: Call,
): Promise<Credentials> {
  const { id, secret, fingerprint } = readToken(token);
  const { key, request } = await makeRequest();
  const asked = { id, request, hosts };
  const body = { ...asked, proof: proofOfRequest(secret, asked) };
  const { certificate, ca } = await post(controller, '/v1/agents/join', { body, schema: joinedSchema }, call);
  if (fingerprintOf(ca) !== fingerprint)
    throw new Fault(
      'unauthorized',
      `${controller.url} is not the controller that made the token: its authority is another`,
    );
  return checked({ key, certificate, ca });
}

export async function renew(controller: ControllerPlace, old: Credentials, call: Call): Promise<Credentials> {
  const { key, request } = await makeRequest();
  const signature = sign('sha256', Buffer.from(request), createPrivateKey(old.key)).toString('base64url');
  const body = { certificate: old.certificate, request, signature };
  const { certificate } = await post(controller, '/v1/agents/renew', { body, schema: renewedSchema }, call);
  return checked({ key, certificate, ca: old.ca });
}

function checked(credentials: Credentials): Credentials {
  const certificate = new X509Certificate(credentials.certificate);
  const isOurs = certificate.checkPrivateKey(createPrivateKey(credentials.key));
  if (!isOurs || !certificate.verify(new X509Certificate(credentials.ca).publicKey))
    throw new Fault(
      'unauthorized',
      'the certificate that came is not for this agent, or not of this authority',
    );
  return credentials;
}

async function post<T>(
  { url, clock }: ControllerPlace,
  path: string,
  { body, schema }: { readonly body: object; readonly schema: z.ZodType<T> },
  call: Call,
): Promise<T> {
  return withDeadline(clock, call, `the controller at ${url}`, async (signal) => {
    const answer = await send(new URL(path, url), body, signal);
    const text: unknown = await answer.body.json().catch(() => undefined);
    if (answer.statusCode === 200) return schema.parse(text);
    const told = errorBodySchema.safeParse(text);
    if (told.success) throw new Fault(told.data.error.code, told.data.error.message);
    throw new Fault('controller-unreachable', `${url}: it answered with status ${answer.statusCode}`);
  });
}

async function send(url: URL, body: object, signal: AbortSignal) {
  try {
    const headers = { 'content-type': 'application/json' };
    return await ask(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Fault('controller-unreachable', `${url.origin}: ${String(thrown)}`, { cause: thrown });
  }
}
