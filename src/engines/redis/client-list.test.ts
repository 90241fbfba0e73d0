import { expect, test } from 'vitest';
import { clientsOf } from './client-list.ts';

/** Of Redis 7.0, 8.0 and Valkey 9.1. */
const list = `id=4 addr=127.0.0.1:42884 laddr=127.0.0.12:21473 fd=7 name= age=1 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=26 cmd=client|list user=default redir=-1 resp=2
id=9 addr=127.0.0.11:43765 laddr=127.0.0.12:26642 fd=13 name=dauphin-work age=2 idle=1 flags=b db=0 watch=0 cmd=get user=default lib-name= lib-ver= io-thread=0
id=7 addr=127.0.0.11:42725 laddr=127.0.0.12:23089 fd=11 name= age=2 idle=1 flags=S capa= db=0 cmd=replconf user=default tot-cmds=6
id=6 addr=127.0.0.12:23089 laddr=127.0.0.11:42725 fd=11 name= age=2 idle=2 flags=M capa= db=0 cmd=set user=(superuser)
id=8 addr=127.0.0.1:1 fd=12 name=x age=2 idle=2 flags=O db=0 cmd=monitor
`;

test('clients are told from the links to replicas and to the source', () => {
  expect(clientsOf(list.replaceAll('\n', '\r\n'))).toEqual([
    { id: 4, name: '', kind: 'client' },
    { id: 9, name: 'dauphin-work', kind: 'client' },
    { id: 7, name: '', kind: 'link' },
    { id: 6, name: '', kind: 'link' },
    { id: 8, name: 'x', kind: 'client' },
  ]);
});

test('what is no client is left out', () => {
  expect(clientsOf('')).toEqual([]);
  expect(clientsOf('nothing\nid=x name=a')).toEqual([]);
});
