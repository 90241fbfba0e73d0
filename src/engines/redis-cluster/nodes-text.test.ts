import { describe, expect, test } from 'vitest';
import { formatSlots } from '../../core/shards/slots.ts';
import { clusterView, readNodes } from './nodes-text.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const askedAt = { host: '10.0.0.1', port: 6379 };

const line = (place: string, flags = 'master', rest = '- 0 1426238317239 4 connected 0-5460'): string =>
  `${a} ${place} ${flags} ${rest}`;
const readOne = (text: string) => {
  const [node] = readNodes(text);
  if (node === undefined) throw new Error(`not read: ${text}`);
  return node;
};

describe('a line of CLUSTER NODES', () => {
  test('tells of a replica whom it follows and how it is reached', () => {
    expect(readOne(`${b} 127.0.0.1:30004@31004 slave ${a} 12 1426238317239 4 connected`)).toEqual({
      id: b,
      address: { host: '127.0.0.1', port: 30_004 },
      busPort: 31_004,
      flags: ['replica'],
      sourceId: a,
      pingSentAt: 12,
      pongAt: 1_426_238_317_239,
      configEpoch: 4,
      link: 'connected',
      slots: [],
      migrating: [],
      importing: [],
    });
  });

  test.each([
    ['127.0.0.1:6379@16379', { host: '127.0.0.1', port: 6379 }, 16_379, undefined],
    ['127.0.0.1:6379@16379,', { host: '127.0.0.1', port: 6379 }, 16_379, undefined],
    ['127.0.0.1:6379@16379,db1.test', { host: '127.0.0.1', port: 6379 }, 16_379, 'db1.test'],
    ['10.0.0.2:6379@16379,db1.test,shard-id=69bc0', { host: '10.0.0.2', port: 6379 }, 16_379, 'db1.test'],
    ['10.0.0.2:6379@16379,,tls-port=0,shard-id=69bc0', { host: '10.0.0.2', port: 6379 }, 16_379, undefined],
    ['10.0.0.2:6379@16379,shard-id=69bc0', { host: '10.0.0.2', port: 6379 }, 16_379, undefined],
    ['10.0.0.2:6379@16379,?', { host: '10.0.0.2', port: 6379 }, 16_379, undefined],
    ['::1:6379@16379', { host: '::1', port: 6379 }, 16_379, undefined],
    ['127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }, undefined, undefined],
    [':0@0', undefined, undefined, undefined],
    [':0@0,db1.test', undefined, undefined, 'db1.test'],
  ])('has its place as %s', (place, address, busPort, hostname) => {
    const node = readOne(line(place));
    expect([node.address, node.busPort, node.hostname]).toEqual([address, busPort, hostname]);
  });

  test.each([
    ['myself,master', ['myself', 'primary']],
    ['slave,fail?', ['replica', 'pfail']],
    ['master,fail', ['primary', 'fail']],
    ['master,noaddr', ['primary', 'noaddr']],
    ['handshake', ['handshake']],
    ['myself,slave,nofailover', ['myself', 'replica', 'nofailover']],
    ['noflags', []],
    ['master,of-the-future', ['primary']],
  ])('has the flags %s', (flags, expected) => {
    expect(readOne(line('h:1@2', flags)).flags).toEqual(expected);
  });

  test.each([
    ['0-5460', '0-5460'],
    ['0 2-3 5 9000-16383', '0 2-3 5 9000-16383'],
    ['', ''],
  ])('has the slots %s', (slots, expected) => {
    expect(formatSlots(readOne(line('h:1@2', 'master', `- 0 0 1 connected ${slots}`)).slots)).toBe(expected);
  });

  test('tells the slots on their way to and from it', () => {
    const node = readOne(line('h:1@2', 'myself,master', `- 0 0 1 connected 0-99 [93->-${b}] [77-<-${b}]`));
    expect([node.migrating, node.importing]).toEqual([[{ slot: 93, to: b }], [{ slot: 77, from: b }]]);
    expect(formatSlots(node.slots)).toBe('0-99');
  });

  test('that is none is left out', () => {
    expect(readNodes(`\n# what else\nvars currentEpoch 6 lastVoteEpoch 0\n${a} h:1@2\n`)).toEqual([]);
  });
});

describe('the view of a node', () => {
  test('is by the one that calls itself so, with the epoch and the state that it tells', () => {
    const view = clusterView({
      askedAt,
      at: 7,
      nodes: `${line('10.0.0.1:6379@16379')}\n${b} 10.0.0.2:6379@16379 myself,slave ${a} 0 0 4 connected\n`,
      info: 'cluster_state:ok\r\ncluster_current_epoch:9\r\ncluster_my_epoch:4\r\n',
    });
    expect({ ...view, nodes: view.nodes.length }).toEqual({
      by: b,
      at: 7,
      currentEpoch: 9,
      state: 'ok',
      nodes: 2,
    });
  });

  test('of a node that was never met has the address at which it was asked', () => {
    const nodes = line(':6379@16379', 'myself,master', '- 0 0 0 connected');
    const view = clusterView({ askedAt, at: 7, nodes, info: 'cluster_state:fail\r\n' });
    expect(view.nodes[0]?.address).toEqual(askedAt);
    expect(view.state).toBe('fail');
  });
});
