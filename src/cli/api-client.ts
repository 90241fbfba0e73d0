/** Speaks to the controller's API: deadlines on every call, every answer parsed, every failure a fault. */
import type { z } from 'zod';
import { type ErrorBody, errorBodySchema } from '../contract/error-schema.ts';
import { Fault } from '../contract/errors.ts';

/** Reads answer from memory. */
const readTimeoutMs = 15_000;
/** A request to do something takes a fresh look at the whole cluster first. */
const requestTimeoutMs = 60_000;

/** The controller understood and said no; an expected end, unlike a fault. */
export class Refused extends Error {
  readonly body: ErrorBody;
  constructor(body: ErrorBody) {
    super(body.error.message);
    this.name = 'Refused';
    this.body = body;
  }
}

/** The user wants no answer any more. */
class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export interface ApiClientOptions {
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
  /** Ends every call under way. */
  readonly signal?: AbortSignal;
}

export class ApiClient {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #signal: AbortSignal | undefined;

  constructor(options: ApiClientOptions) {
    this.url = options.url;
    this.#token = options.token;
    this.#fetch = options.fetch ?? fetch;
    this.#signal = options.signal;
  }

  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return this.#answer(path, schema, {}, readTimeoutMs);
  }

  async post<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const headers = { 'content-type': 'application/json' };
    return this.#answer(
      path,
      schema,
      { method: 'POST', headers, body: JSON.stringify(body) },
      requestTimeoutMs,
    );
  }

  /** An answer whose body goes on; the signal bounds all of it, so connecting must be bounded by the caller. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const response = await this.#send(path, { headers, signal });
    if (!response.ok) await this.#fail(path, response);
    return response;
  }

  async #answer<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    init: RequestInit,
    timeoutMs: number,
  ): Promise<z.output<Schema>> {
    const limits = [AbortSignal.timeout(timeoutMs), ...(this.#signal === undefined ? [] : [this.#signal])];
    const response = await this.#send(path, { ...init, signal: AbortSignal.any(limits) });
    if (!response.ok) return this.#fail(path, response);
    const parsed = schema.safeParse(await this.#json(path, response));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw this.#stranger(path, `${issue?.path.map(String).join('.')}: ${issue?.message}`, parsed.error);
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
    try {
      return await this.#fetch(this.url + path, { ...init, headers });
    } catch (thrown) {
      throw this.#unreachable(thrown);
    }
  }

  async #json(path: string, response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw this.#stranger(path, 'the answer is not JSON', thrown);
      throw this.#unreachable(thrown);
    }
  }

  async #fail(path: string, response: Response): Promise<never> {
    const parsed = errorBodySchema.safeParse(await this.#json(path, response));
    if (!parsed.success) throw this.#stranger(path, `status ${response.status}`, parsed.error);
    const { code, message, details } = parsed.data.error;
    if (code === 'refused') throw new Refused(parsed.data);
    throw new Fault(code, message, details === undefined ? {} : { details });
  }

  #unreachable(thrown: unknown): Error {
    if (this.#signal?.aborted === true) return new Interrupted();
    const { name, message, cause } = thrown as Error;
    const why = name === 'TimeoutError' ? 'no answer in time' : innermost(cause ?? message);
    return new Fault('controller-unreachable', `no answer from ${this.url}: ${why}`, { cause: thrown });
  }

  #stranger(path: string, why: string, cause: unknown): Fault {
    const message = `${this.url}${path} does not answer as a Dauphin controller does: ${why}`;
    return new Fault('controller-unreachable', message, {
      cause,
      details: { hint: 'Is this the URL of a controller, and of the same version as this program?' },
    });
  }
}

/** `fetch failed` says nothing; what it wraps, sometimes for each address tried, does. */
function innermost(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return innermost(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
