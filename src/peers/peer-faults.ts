/** What went wrong between two controllers, in the catalogue's words. */
import { errorBodySchema } from '../contract/error-schema.ts';
import { Fault } from '../contract/errors.ts';

const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export function wasClosedMeanwhile(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && closed.has(String(thrown.code));
}

/** The other controller's own code is kept. */
export function faultOfAnswer(url: string, status: number, text: string): Fault {
  const body = errorBodySchema.safeParse(parsed(text));
  if (!body.success) return new Fault('controller-unreachable', `${url} answered with status ${status}`);
  const { code, message, details } = body.data.error;
  return new Fault(code, `${url}: ${message}`, details === undefined ? {} : { details });
}

export function faultOfConnection(url: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('controller-unreachable', `${url}: ${why}`, { cause: thrown });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
