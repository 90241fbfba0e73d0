import { describe, expect, it } from 'vitest';
import { caseNames, readFailoverOptions } from './failover/options.ts';
import { readIdleOptions } from './idle/options.ts';
import { readSwitchoverOptions } from './switchover/options.ts';
import { UsageError } from './usage.ts';

describe('the options of switchover', () => {
  it('have defaults', () => {
    expect(readSwitchoverOptions([])).toEqual({ runs: 20, rate: 500, engine: 'mariadb' });
  });

  it('are taken with a blank or an equals sign', () => {
    const options = readSwitchoverOptions(['--runs', '3', '--rate=2000', '--engine', 'mysql']);
    expect(options).toEqual({ runs: 3, rate: 2000, engine: 'mysql' });
  });

  it.each([
    [['--runs', '0'], '--runs 0: a whole number from 1 to'],
    [['--rate', 'fast'], '--rate fast: a whole number'],
    [['--rate', '1e3'], '--rate 1e3: a whole number'],
    [['--engine', 'oracle'], '--engine oracle: mariadb or mysql'],
    [['--speed', '1'], "Unknown option '--speed'"],
    [['--runs'], '--runs'],
    [['twenty'], 'twenty'],
  ])('refuse %j and say why', (args, why) => {
    expect(() => readSwitchoverOptions(args)).toThrow(UsageError);
    expect(() => readSwitchoverOptions(args)).toThrow(why);
  });
});

describe('the options of idle', () => {
  it('have defaults', () => {
    expect(readIdleOptions([])).toEqual({ servers: [4, 40], seconds: 30 });
  });

  it.each([
    [['--servers', '5'], 'clusters of 4'],
    [['--servers', '4,,8'], 'a whole number'],
    [['--seconds', '0'], 'a whole number'],
  ])('refuse %j and say why', (args, why) => {
    expect(() => readIdleOptions(args)).toThrow(UsageError);
    expect(() => readIdleOptions(args)).toThrow(why);
  });
});

describe('the options of failover', () => {
  it('have defaults: every case', () => {
    expect(readFailoverOptions([])).toEqual({
      cases: caseNames,
      runs: 10,
      rate: 500,
      engine: 'mariadb',
      seconds: 180,
    });
  });

  it('name one case', () => {
    const { cases, runs } = readFailoverOptions(['--case', 'host-async', '--runs=2']);
    expect({ cases, runs }).toEqual({ cases: ['host-async'], runs: 2 });
  });

  it.each([
    [['--case', 'flood'], 'one of kill, tail,'],
    [['--runs', '0'], '--runs 0: a whole number from 1 to'],
    [['--engine', 'oracle'], 'mariadb or mysql'],
    [['kill'], 'kill'],
  ])('refuse %j and say why', (args, why) => {
    expect(() => readFailoverOptions(args)).toThrow(UsageError);
    expect(() => readFailoverOptions(args)).toThrow(why);
  });
});
