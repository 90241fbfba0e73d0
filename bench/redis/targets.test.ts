import { describe, expect, it } from 'vitest';
import { seen } from './sample-seen.ts';
import { targetOf } from './targets.ts';

describe('the target of', () => {
  it('switchover is met by the median, and missed by one lost write', () => {
    const { isMet } = targetOf('switchover', 'plain');
    const runs = [seen({ serverMs: 4 }), seen({ serverMs: 9 }), seen({ serverMs: 30 })];
    expect(isMet(runs, {})).toBe(true);
    expect(isMet([...runs, seen({ serverMs: 4, lost: 1 })], {})).toBe(false);
    expect(isMet([seen({ serverMs: 10.1 })], {})).toBe(false);
  });

  it('kill is missed when too many runs have no new primary at all', () => {
    const { isMet } = targetOf('kill', 'plain');
    expect(isMet([seen({ serverMs: 90 }), seen({ serverMs: 95 }), seen()], {})).toBe(true);
    expect(isMet([seen({ serverMs: 90 }), seen(), seen()], {})).toBe(false);
  });

  it('hang holds for each run, and is missed by a write that the woken server acknowledged', () => {
    const { isMet } = targetOf('hang', 'plain');
    const good = seen({ serverMs: 2900, afterWake: 0 });
    expect(isMet([good, good], {})).toBe(true);
    expect(isMet([good, seen({ serverMs: 2900, afterWake: 1 })], {})).toBe(false);
    expect(isMet([good, seen({ serverMs: 3001, afterWake: 0 })], {})).toBe(false);
    expect(isMet([seen({ serverMs: 2900 })], {})).toBe(false);
  });

  it('cluster-switchover in the default mode is held against the cluster’s own, at the server and through ioredis', () => {
    const { isMet } = targetOf('cluster-switchover', 'default');
    const peer = [seen({ serverMs: 5, clientMs: 50 })];
    expect(isMet([seen({ serverMs: 8, clientMs: 62 })], { peer })).toBe(true);
    expect(isMet([seen({ serverMs: 8.1, clientMs: 62 })], { peer })).toBe(false);
    expect(isMet([seen({ serverMs: 8, clientMs: 62.1 })], { peer })).toBe(false);
    expect(isMet([seen({ serverMs: 8, clientMs: 62, lost: 1 })], { peer })).toBe(false);
    expect(isMet([seen({ serverMs: 8, clientMs: 62 })], {})).toBeUndefined();
  });

  it.each(['force', 'takeover'])('cluster-switchover by %s is that the loss is told', (mode) => {
    const { isMet } = targetOf('cluster-switchover', mode);
    expect(isMet([seen({ lost: 200, said: 'possible' })], {})).toBe(true);
    expect(isMet([seen({ lost: 200, said: 'none' })], {})).toBe(false);
    expect(isMet([seen({ lost: 0 })], {})).toBe(false);
  });

  it('cluster-kill is missed when another shard stopped, or nobody voted', () => {
    const { isMet } = targetOf('cluster-kill', '5000');
    const good = seen({ serverMs: 140, othersMs: 8 });
    expect(isMet([good], {})).toBe(true);
    expect(isMet([good, good, seen({ serverMs: 140, othersMs: 650 })], {})).toBe(false);
    expect(isMet([{ ...good, wrong: ['db4 was not elected by the other primaries'] }], {})).toBe(false);
  });

  it('rebalance is missed by one failed command, and else held against redis-cli', () => {
    const { isMet } = targetOf('rebalance', 'slots');
    const peer = [seen({ tookMs: 1000 })];
    expect(isMet([seen({ tookMs: 1200 })], { peer })).toBe(true);
    expect(isMet([seen({ tookMs: 1201 })], { peer })).toBe(false);
    expect(isMet([seen({ tookMs: 900, clientErrors: { TRYAGAIN: 1 } })], { peer })).toBe(false);
    expect(isMet([seen({ tookMs: 900 })], {})).toBeUndefined();
  });
});
