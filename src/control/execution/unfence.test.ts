import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { UnfenceRequest } from '../../core/host.ts';
import { serverId } from '../../core/identity.ts';
import type { WriteMode } from '../../core/observation.ts';
import type { StepOutput } from '../../core/operation.ts';
import { failoverHandlers } from './perform-failover.ts';
import type { Run } from './run.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });

interface Undone {
  readonly means?: StepOutput['fence'];
  readonly start: 'as-before' | 'read-only';
  /** Db1 is the one that is replaced. */
  readonly writeModeOfDb1?: WriteMode;
}

/** What becomes of db2, which was ruled out, when the failover goes back. */
async function undone({ means, start, writeModeOfDb1 }: Undone): Promise<readonly string[]> {
  const done: string[] = [];
  const link = {
    probe: async () => {
      if (writeModeOfDb1 === undefined) throw new Fault('connection-lost', 'it is dead');
      return { writeMode: writeModeOfDb1 };
    },
    thaw: async () => void done.push('thaw'),
  };
  const agent = { unfence: async (request: UnfenceRequest) => void done.push(request.start) };
  const clock = { sleep: () => new Promise(() => undefined) };
  const action = { verb: 'rule-out', server: server('db2'), agent: true, hooks: [] };
  const run = {
    surroundings: { clock, link: () => link, agent: () => agent },
    plan: { from: server('db1'), steps: [{ id: 'rule-out:db2', action }] },
    outputs: new Map(means === undefined ? [] : [['rule-out:db2', { fence: means }]]),
  } as unknown as Run;
  const call = { signal: new AbortController().signal, deadlineMs: 1000 };
  await failoverHandlers.unfence({ verb: 'unfence', server: server('db2'), start }, run, call);
  return done;
}

describe('a possible primary, when the failover goes back', () => {
  it('takes writes again where it did', async () => {
    expect(await undone({ means: 'read-only', start: 'as-before' })).toContain('thaw');
    expect(await undone({ means: 'agent', start: 'as-before' })).toEqual(['as-before', 'thaw']);
  });

  it('takes none while the one that was to be replaced does', async () => {
    const back = undone({ means: 'read-only', start: 'as-before', writeModeOfDb1: 'writable' });
    await expect(back).rejects.toMatchObject({ code: 'primary-alive' });
    const readOnly = undone({ means: 'read-only', start: 'as-before', writeModeOfDb1: 'read-only' });
    expect(await readOnly).toContain('thaw');
  });

  it('starts again where it was, or may have been, put down', async () => {
    expect(await undone({ means: 'agent', start: 'read-only' })).toEqual(['read-only']);
    expect(await undone({ start: 'read-only' })).toEqual(['read-only']);
  });

  it('is left alone where it was read-only and was not put down', async () => {
    expect(await undone({ means: 'read-only', start: 'read-only' })).toEqual([]);
  });
});
