import { describe, expect, test } from 'vitest';
import type { Observation } from '../../core/observation.ts';
import type { Reply } from '../resp/resp-connection.ts';
import { lookCommands, readLook } from './look.ts';
import { redisCommon, redisErrant } from './surplus.ts';

const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((letter) => letter.repeat(40));

interface Traits {
  readonly id: string;
  readonly bytes: number;
  readonly former?: readonly [id: string, bytes: number];
  /** ROLE's word for its link; absent on one that follows nobody. */
  readonly link?: string;
}

function server({ id, bytes, former, link }: Traits): Observation {
  const lines = [
    `role:${link === undefined ? 'master' : 'slave'}`,
    ...(link === undefined ? [] : ['master_host:10.0.0.9', 'master_port:6379', `slave_repl_offset:${bytes}`]),
    `master_replid:${id}`,
    `master_repl_offset:${bytes}`,
    ...(former ? [`master_replid2:${former[0]}`, `second_repl_offset:${former[1] + 1}`] : []),
  ];
  const replies = lookCommands.map(([name, ...args]): Reply => {
    if (name === 'ROLE') return link === undefined ? ['master', bytes, []] : ['slave', '', 1, link, bytes];
    return args[0] === 'replication' ? lines.join('\n') : '';
  });
  const remote = { host: '10.0.0.1', port: 6379 };
  return { ...readLook(replies, remote), address: remote, observedAt: 0, tookMs: 0 };
}

describe('what a server has that its primary never had', () => {
  const primary = server({ id: b, bytes: 120, former: [a, 100] });

  test('nothing, of one that is fed', () => {
    expect(redisErrant(server({ id: c, bytes: 50, link: 'connected' }), primary)).toBeUndefined();
  });

  test('of a former primary, what it took after the other was promoted', () => {
    expect(redisErrant(server({ id: a, bytes: 130 }), primary)).toMatchObject({ count: 30, unit: 'bytes' });
    expect(redisErrant(server({ id: a, bytes: 100 }), primary)).toBeUndefined();
  });

  test('nothing, of one that was started anew and has written nothing', () => {
    expect(redisErrant(server({ id: c, bytes: 0 }), primary)).toBeUndefined();
  });

  test('all, of one that follows nobody and that nobody knows', () => {
    expect(redisErrant(server({ id: c, bytes: 7 }), primary)).toMatchObject({ count: 7 });
  });

  test('nothing that can be told, of a replica that nobody knows: it is given a copy', () => {
    expect(redisErrant(server({ id: c, bytes: 7, link: 'connect' }), primary)).toBeUndefined();
    expect(redisErrant(server({ id: a, bytes: 130, link: 'connect' }), primary)).toMatchObject({ count: 30 });
  });

  test('where two parted is told by a name that both know', () => {
    expect(redisCommon(server({ id: a, bytes: 130 }), primary)).toBe(`${a}:100`);
    expect(redisCommon(server({ id: c, bytes: 130 }), primary)).toBeUndefined();
  });
});
