import { describe, expect, it } from 'vitest';
import { caseNames } from './options.ts';
import { countedMs, inTime, type Timed, targets } from './targets.ts';

const run = (pauseMs?: number, applyingMs?: number): Timed => ({ pauseMs, applyingMs });

describe('the targets', () => {
  it('are there for every case but quiet', () => {
    expect(Object.keys(targets)).toEqual(caseNames.filter((name) => name !== 'quiet'));
  });

  it('of kill: half of the pauses may be longer', () => {
    expect(inTime([run(300), run(390), run(2000)], targets.kill)).toBe(true);
    expect(inTime([run(300), run(410), run(500)], targets.kill)).toBe(false);
  });

  it('of tail: no pause may be longer', () => {
    expect(inTime([run(1400), run(1500)], targets.tail)).toBe(true);
    expect(inTime([run(100), run(1501)], targets.tail)).toBe(false);
  });

  it('of lag: applying does not count', () => {
    expect(countedMs(run(2400, 2000), targets.lag)).toBe(400);
    expect(inTime([run(2400, 2000)], targets.lag)).toBe(true);
    expect(inTime([run(2400, 1800)], targets.lag)).toBe(false);
  });

  it('are missed by a run in which nobody took over, and by no runs at all', () => {
    expect(inTime([run(300), run(undefined)], targets.kill)).toBe(false);
    expect(inTime([], targets.kill)).toBe(false);
  });
});
