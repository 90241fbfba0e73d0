import { describe, expect, it } from 'vitest';
import { operationId, serverId } from './identity.ts';
import { cluster } from './testing/cluster-builder.ts';
import { lastPrimary } from './topology.ts';

const named = (built: ReturnType<typeof cluster>, made?: string): string | undefined =>
  lastPrimary(built.topology(), made === undefined ? undefined : serverId(made))?.name;

const replacedBy = operationId('op-1');

describe('the primary that failures are judged by', () => {
  it('is the one that takes the writes, or took them when it was last seen', () => {
    expect(named(cluster().primary('db1').replica('db2'))).toBe('db1');
    expect(named(cluster().primary('db1', { unreachable: true }).replica('db2'))).toBe('db1');
  });

  it('is nobody when two take writes', () => {
    expect(named(cluster().primary('db1').primary('db2'))).toBeUndefined();
  });

  it('is not one that was replaced', () => {
    const built = cluster()
      .primary('db2')
      .replica('db3')
      .with('db1', { writeMode: 'writable', unreachable: true, replacedBy });
    expect(named(built)).toBe('db2');
  });

  it('is the one that was just made, though it died before it was seen as such', () => {
    const built = cluster()
      .with('db1', { writeMode: 'writable', unreachable: true, replacedBy })
      .replica('db2', { source: 'db1', unreachable: true })
      .replica('db3', { source: 'db2' });
    expect(named(built, 'db2')).toBe('db2');
    expect(named(built)).toBeUndefined();
  });

  it('is one that was never seen and feeds replicas', () => {
    expect(named(cluster().neverSeen('db1').replica('db2', { source: 'db1' }))).toBe('db1');
  });

  it('of a pair is the half that takes the writes', () => {
    const built = cluster()
      .coPrimary('db1', { source: 'db2' })
      .coPrimary('db2', { source: 'db1', writeMode: 'read-only' });
    expect(named(built)).toBe('db1');
  });
});
