/** The words in which scenarios are written. */
import type { Batch, Name, Step } from './scenario.ts';

type Simple = Exclude<
  Step['verb'],
  'insert' | 'update' | 'break-applying' | 'mend-applying' | 'errant-write'
>;

const each =
  (verb: Simple) =>
  (...on: readonly Name[]): readonly Step[] =>
    on.map((server) => ({ verb, on: server }));

export const stopReceiving = each('stop-receiving');
export const startReceiving = each('start-receiving');
export const stopApplying = each('stop-applying');
export const startApplying = each('start-applying');
export const forgetSource = each('forget-source');
export const rotateLog = each('rotate-log');
export const rotateRelayLog = each('rotate-relay-log');
export const purgeHistory = each('purge-history');
export const filterReceiving = each('filter-receiving');
export const filterLogging = each('filter-logging');
export const delay = each('delay');
export const makeWritable = each('make-writable');
export const makeReadOnly = each('make-read-only');
export const longQuery = each('long-query');
export const holdLock = each('hold-lock');
export const stopServer = each('stop-server');
export const killServer = each('kill-server');
export const startServer = each('start-server');
export const hideLog = each('hide-log');
export const showLog = each('show-log');

export const insert = (rows: number, batch: Batch = 'one', text = 'x'): readonly Step[] => [
  { verb: 'insert', rows, batch, text },
];
export const update = (): readonly Step[] => [{ verb: 'update' }];
export const breakApplying = (on: Name, id: number): readonly Step[] => [{ verb: 'break-applying', on, id }];
export const mendApplying = (on: Name, id: number): readonly Step[] => [{ verb: 'mend-applying', on, id }];
export const errantWrite = (on: Name, count = 1): readonly Step[] => [{ verb: 'errant-write', on, count }];
