import { describe, expect, it } from 'vitest';
import { UsageError } from '../usage.ts';
import { readRedisOptions, redisCases, sides } from './options.ts';

describe('the options of redis', () => {
  it('have defaults: every case, by everybody', () => {
    expect(readRedisOptions([])).toEqual({
      cases: redisCases,
      sides,
      runs: 10,
      rate: 2000,
      keys: 1_000_000,
    });
  });

  it('may name one case, one variant and one side', () => {
    const args = ['--case', 'cluster-kill', '--variant=1000', '--side', 'floor', '--runs', '3'];
    expect(readRedisOptions(args)).toMatchObject({
      cases: ['cluster-kill'],
      variant: '1000',
      sides: ['floor'],
      runs: 3,
    });
  });

  it.each([
    [['--case', 'quiet'], '--case quiet: one of switchover, kill'],
    [['--side', 'sentinel'], '--side sentinel: one of dauphin, peer, floor'],
    [['--runs', '0'], '--runs 0: a whole number from 1'],
    [['--keys', '1e6'], '--keys 1e6: a whole number'],
    [['--engine', 'redis'], "Unknown option '--engine'"],
  ])('refuse %j and say why', (args, why) => {
    expect(() => readRedisOptions(args)).toThrow(UsageError);
    expect(() => readRedisOptions(args)).toThrow(why);
  });
});
