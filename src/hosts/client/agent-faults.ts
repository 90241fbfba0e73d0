/** What went wrong between controller and agent, in the catalogue's words. */
import { errorBodySchema } from '../../contract/error-schema.ts';
import { Fault } from '../../contract/errors.ts';
import { type Address, formatAddress } from '../../core/identity.ts';

const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export function wasClosedMeanwhile(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && closed.has(String(thrown.code));
}

/** The agent's own code is kept. */
export function faultOfAnswer(address: Address, status: number, text: string): Fault {
  const where = formatAddress(address);
  const body = errorBodySchema.safeParse(parsed(text));
  if (!body.success) return new Fault('agent-unreachable', `${where}: it answered with status ${status}`);
  const { code, message, details } = body.data.error;
  return new Fault(code, `${where}: ${message}`, details === undefined ? {} : { details });
}

export function faultOfConnection(address: Address, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('agent-unreachable', `${formatAddress(address)}: ${inWords(thrown) ?? why}`, {
    cause: thrown,
  });
}

/** Where the library's own word does not say what to do. */
function inWords(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return thrown.code === 'CERT_HAS_EXPIRED'
    ? 'its certificate has run out: it has to join anew, with a token of `dauphin agent-token`'
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
