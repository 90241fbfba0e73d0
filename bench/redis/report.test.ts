import { describe, expect, it } from 'vitest';
import { readRedisOptions } from './options.ts';
import { figures, headingLine, seenLine, summaryLines, verdictOf } from './report.ts';
import { seen } from './sample-seen.ts';

const actors = { dauphin: 'Dauphin', peer: 'FAILOVER', floor: 'bare commands' };
const options = readRedisOptions([]);

describe('the report of a case', () => {
  it('shows each run under its heading, what was wrong with it and what failed', () => {
    const line = seenLine(
      'Dauphin',
      seen({
        serverMs: 7.26,
        clientMs: 1234.5,
        lost: 3,
        clientErrors: { READONLY: 2 },
        wrong: ['3 acknowledged writes lost'],
        remarks: ['1 full copies from db2'],
      }),
    );
    const [figuresLine = '', ...rest] = line.split('\n');
    expect(headingLine()).toHaveLength(figuresLine.length);
    expect(figuresLine).toMatch(/^Dauphin +7\.3 +– +1235 +– +– +1000 +3 +2$/);
    expect(rest).toEqual(['!! 3 acknowledged writes lost', '!  1 full copies from db2', '!  READONLY × 2']);
  });

  it('sums up each side, and sets Dauphin beside the others', () => {
    const series = {
      dauphin: [seen({ serverMs: 6 }), seen({ serverMs: 8 })],
      peer: [seen({ serverMs: 700, lost: 2 })],
      floor: [seen({ serverMs: 5 })],
    };
    const text = summaryLines({ name: 'switchover', variant: 'plain', options, series }, actors).join('\n');
    expect(text).toContain('server 7.0 (6.0 to 8.0)');
    expect(text).toContain('lost 2 (2 to 2), in 1 of 1 runs');
    expect(text).toContain('server 0.01 × peer, server 1.40 × floor');
    expect(text).toContain('median at most 10 ms, nothing lost: met');
  });

  it('says that nothing was measured where Dauphin has no run', () => {
    const measured = {
      name: 'kill',
      variant: 'plain',
      options,
      series: { peer: [seen({ serverMs: 1400 })] },
    } as const;
    expect(summaryLines(measured, actors).join('\n')).toContain('median at most 100 ms: not measured');
    expect(verdictOf(measured)).toBeUndefined();
    expect(figures(measured)).toMatchObject({ bench: 'redis', case: 'kill', met: null, ratioToPeer: null });
  });

  it('does not call a target met when something was as it must not be', () => {
    const good = seen({ serverMs: 4 });
    const series = { dauphin: [good, { ...good, wrong: ['db1 does not follow'] }] };
    expect(verdictOf({ name: 'switchover', variant: 'plain', series })).toBe(false);
    expect(verdictOf({ name: 'switchover', variant: 'plain', series: { dauphin: [good] } })).toBe(true);
  });

  it('gives machines the figures of each side', () => {
    const series = {
      dauphin: [seen({ tookMs: 1100 })],
      peer: [seen({ tookMs: 1000 }), seen({ tookMs: 1000, lost: 1 })],
    };
    expect(figures({ name: 'rebalance', variant: 'slots', options, series })).toMatchObject({
      ratioToPeer: 1.1,
      met: true,
      sides: {
        dauphin: { tookMs: { median: 1100 }, lost: 0, failed: 0 },
        peer: { lost: 1, runsWithLoss: 1, acknowledged: 2000 },
      },
    });
  });
});
