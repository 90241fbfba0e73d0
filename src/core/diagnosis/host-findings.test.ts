import { describe, expect, it } from 'vitest';
import type { HostState } from '../host.ts';
import { cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import type { HostLook } from '../topology.ts';

const state: HostState = {
  server: 'answers',
  disk: 'writes',
  fenced: false,
  startsReadOnly: false,
  canStartReadOnly: true,
  upMs: 1000,
};
const well: HostLook = { at: testTime, state };
const stuck: HostLook = { at: testTime, state: { ...state, disk: 'stuck' }, stuckSince: testTime - 4000 };
const silent: HostLook = { at: testTime, failure: 'no answer within 900 ms' };

const found = (primary: ServerTraits, replica: ServerTraits = {}) =>
  findingsOf(cluster().primary('db1', primary).replica('db2', replica));
const codes = (...given: Parameters<typeof found>): readonly string[] =>
  found(...given).map(({ severity, code, serverName }) => `${severity} ${code} ${serverName}`);

describe('a stuck disk', () => {
  it('is told when the agent calls it so at two looks, of any server', () => {
    expect(codes({ host: stuck })).toEqual(['warning disk-stuck db1']);
    expect(codes({ host: well }, { host: stuck })).toEqual(['warning disk-stuck db2']);
    expect(codes({ host: { ...stuck, stuckSince: testTime } })).toEqual([]);
  });

  it('is worse when the primary’s log waits for it', () => {
    expect(codes({ host: stuck, stalledSince: testTime - 5000 })).toEqual(['critical disk-stuck db1']);
  });

  it('that only this controller sees does not make the primary dead, and says why', () => {
    const [alone] = found({ stalledSince: testTime - 5000 });
    expect(alone).toMatchObject({ code: 'disk-stuck', severity: 'critical', evidence: { hostSaysSo: null } });
    expect(alone?.summary).toBe(
      'db1 answers, but its log has not reached its disk for 5 s; no agent can tell whether the disk is stuck, so it does not count as dead',
    );
    const [denied] = found({ stalledSince: testTime - 5000, host: well });
    expect(denied?.summary).toContain('its host finds the disk well');
  });

  it('is what to look at first where the server does not answer', () => {
    const silence = found({ host: stuck, unreachable: 'timed-out' }).find(
      ({ code }) => code === 'primary-unreachable',
    );
    expect(silence?.after).toContain('disk-stuck');
  });
});

describe('an agent', () => {
  it('that answers and can do all is no finding, nor is one that is not configured', () => {
    expect(codes({ host: well }, { host: well })).toEqual([]);
    expect(codes({})).toEqual([]);
  });

  it('that does not answer is told, whoever’s it is; a host that is gone comes first', () => {
    expect(codes({ host: silent })).toEqual(['warning agent-silent db1']);
    const gone = found({}, { host: silent, unreachable: true });
    expect(gone.find(({ code }) => code === 'agent-silent')?.after).toEqual(['server-unreachable']);
  });

  it('that cannot have the primary come back read-only is told; of a replica it does not matter', () => {
    const host = { ...well, state: { ...state, canStartReadOnly: false } };
    expect(codes({ host })).toEqual(['notice starts-writable db1']);
    expect(codes({}, { host })).toEqual([]);
  });
});

it('a primary that comes and goes is told', () => {
  expect(codes({ returns: 3 })).toEqual(['warning primary-flapping db1']);
});
