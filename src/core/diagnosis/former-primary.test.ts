import { describe, expect, it } from 'vitest';
import { operationId } from '../identity.ts';
import { cluster } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import { standsAside } from '../topology.ts';

const replacedBy = operationId('op-1');

const replaced = (traits: Parameters<ReturnType<typeof cluster>['primary']>[1]) =>
  cluster()
    .primary('db2')
    .replica('db3')
    .with('db1', { writeMode: 'read-only', replacedBy, ...traits });

const codes = (built: ReturnType<typeof cluster>): readonly string[] =>
  findingsOf(built).map(({ code, serverName }) => `${code} ${serverName}`);

describe('a primary that was replaced', () => {
  it('is told when it is back, and is no second primary', () => {
    expect(codes(replaced({}))).toEqual(['former-primary db1']);
  });

  it('is a silent server like any other while it is away', () => {
    expect(codes(replaced({ unreachable: true, writeMode: 'writable' }))).toEqual(['server-unreachable db1']);
  });

  it('counts as a primary when it takes writes', () => {
    expect(codes(replaced({ writeMode: 'writable' }))).toContain('several-writable undefined');
  });

  it('is a replica like any other once it follows', () => {
    const built = cluster().primary('db2').replica('db3').replica('db1', { replacedBy });
    expect(codes(built)).toEqual([]);
    expect(built.topology().nodes.some(standsAside)).toBe(false);
  });
});
