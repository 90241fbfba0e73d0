/** Says on stderr why a command did not do what was asked: one line with the fact, one with what to do. */
import { asFault, Fault, type FaultCode, faultKinds } from '../contract/errors.ts';
import type { CliIo } from './cli-io.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { oneLine } from './one-line.ts';

export function reportError(thrown: unknown, io: CliIo): ExitCode {
  if (io.signal?.aborted === true && !(thrown instanceof Fault)) {
    io.stderr.write('dauphin: interrupted\n');
    return exitCodes.failed;
  }
  const fault = asFault(thrown);
  io.stderr.write(`dauphin: ${oneLine(fault.message)}\n  hint: ${hintOf(fault)}\n`);
  return faultKinds[fault.code].exit;
}

/** What to do at a command line; the catalogue's help, which is for every face, where there is nothing to add. */
const hints: Partial<Readonly<Record<FaultCode, string>>> = {
  unauthorized:
    'Give --token-file (DAUPHIN_TOKEN_FILE) with the `token` file in the data directory of the controller.',
  'bad-request': 'See --help for what the command takes.',
};

function hintOf({ code, details }: Fault): string {
  return typeof details.hint === 'string' ? details.hint : (hints[code] ?? faultKinds[code].help);
}
