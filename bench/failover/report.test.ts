import { describe, expect, it } from 'vitest';
import type { FailoverOptions } from './options.ts';
import { figures, headingLine, runLine, summaryLines, verdictOf } from './report.ts';
import type { Run } from './run.ts';

const options: FailoverOptions = { cases: ['kill'], runs: 2, rate: 500, engine: 'mariadb', seconds: 180 };

const run = (changes: Partial<Run> = {}): Run => ({
  from: 'db1',
  to: 'db2',
  pauseMs: 120,
  breakdown: { detect: 30, confirm: 5.25, promote: 2 },
  acknowledged: 1000,
  lost: 0,
  duplicated: 0,
  refused: 1,
  unknown: 3,
  equal: true,
  reported: { verdict: 'none', transactions: 0, names: '', because: 'read' },
  wrong: [],
  remarks: [],
  ...changes,
});

describe('the report of a case', () => {
  it('puts each figure under its head', () => {
    const [head, line] = [headingLine(), runLine(run())];
    for (const [word, value] of [
      ['pause', '120'],
      ['detect', '30.0'],
      ['confirm', '5.3'],
      ['promote', '2.0'],
      ['acked', '1000'],
      ['lost', '0'],
      ['equal', 'yes'],
    ] as const) {
      const end = head.indexOf(word) + word.length;
      expect(line.slice(0, end), word).toMatch(new RegExp(`${value}$`));
    }
    expect(line).toMatch(/none$/);
  });

  it('tells under a run what was wrong with it', () => {
    expect(runLine(run({ wrong: ['survivors differ'], equal: false }))).toContain('\n!! survivors differ');
  });

  it('holds the median against the target, and names what others took', () => {
    const lines = summaryLines({ name: 'kill', options, runs: [run(), run({ pauseMs: 300 })] }).join('\n');
    expect(lines).toMatch(/^median +210/m);
    expect(lines).toMatch(/^max +300/m);
    expect(lines).toContain('nothing lost: met');
    expect(lines).toContain('Orchestrator 2,564 ms');
  });

  it('misses the target when something was lost, however fast', () => {
    expect(verdictOf({ name: 'kill', runs: [run({ lost: 1, wrong: ['1 acknowledged writes lost'] })] })).toBe(
      false,
    );
  });

  it('shows the pause of lag without the time of applying, too', () => {
    const runs = [run({ pauseMs: 2300, applyingMs: 2000 })];
    const lines = summaryLines({ name: 'lag', options, runs }).join('\n');
    expect(lines).toMatch(/^applying +median 2000/m);
    expect(lines).toMatch(/^the rest +median 300, max 300/m);
    expect(lines).toContain(': met');
  });
});

describe('the figures of a case', () => {
  it('begin with those of the switchover bench, and sum up the runs', () => {
    const all = figures({ name: 'kill', options, runs: [run(), run({ pauseMs: 300, lost: 2 })] });
    expect(Object.keys(all).slice(0, 11)).toEqual([
      'bench',
      'case',
      'runs',
      'rate',
      'medianMs',
      'p95Ms',
      'maxMs',
      'acknowledged',
      'lost',
      'duplicated',
      'clientErrors',
    ]);
    expect(all).toMatchObject({
      case: 'kill',
      medianMs: 210,
      maxMs: 300,
      acknowledged: 2000,
      lost: 2,
      clientErrors: 8,
      phases: { detect: 30, confirm: 5.25, promote: 2 },
    });
  });

  it('have null where nobody took over', () => {
    const { pauseMs: _pause, ...without } = run();
    expect(figures({ name: 'kill', options, runs: [without] })).toMatchObject({
      medianMs: null,
      failed: 1,
      met: false,
    });
  });
});
