/** An application: ioredis with its default options, and a few requests under way at once. */
import { Cluster, Redis } from 'ioredis';
import type { Address } from '../../../src/core/identity.ts';
import { within } from '../../../test/kit/deadline.ts';
import { machineClock } from '../../../test/kit/machine-clock.ts';
import { Pacer } from '../../../test/kit/pacer.ts';
import { LoadLedger } from './load-ledger.ts';
import type { ClientConnection, ClientSettings, ClientStream, LoadSettings } from './load-protocol.ts';
import { serveLoad } from './load-service.ts';

/** Of one stream: so many of its requests may wait at once. */
const LANES = 4;
/** For the answers under way when it is stopped. */
const LAST_ANSWERS_MS = 1000;

function run({ role, clockOffsetUs }: LoadSettings<ClientSettings>): void {
  const ledger = new LoadLedger(machineClock(clockOffsetUs));
  const pacers = role.streams.map(({ rate }) => new Pacer(rate, 1));
  let client = connect(role.connection);
  let moved = Promise.withResolvers<never>();
  moved.promise.catch(() => undefined);
  let stopping = false;

  const runLane = async (stream: ClientStream, pacer: Pacer): Promise<void> => {
    while (!stopping) {
      await pacer.turn();
      const sent = ledger.next({ ...stream, server: '' });
      try {
        await Promise.race([client.set(sent.key, sent.value), moved.promise]);
        ledger.acknowledge(sent);
      } catch (thrown) {
        note(ledger, thrown);
      }
    }
  };

  const lanes = Promise.all(
    role.streams.flatMap((stream, index) => {
      const pacer = pacers[index];
      return pacer === undefined ? [] : Array.from({ length: LANES }, () => runLane(stream, pacer));
    }),
  );
  serveLoad(ledger, {
    follow: (address) => {
      const [old, left] = [client, moved];
      client = connect({ by: 'address', address });
      moved = Promise.withResolvers();
      moved.promise.catch(() => undefined);
      old.disconnect();
      // ioredis gives no answer to what it holds back when it is disconnected while it waits to reconnect.
      left.reject(new Error('moved'));
    },
    stop: async () => {
      stopping = true;
      for (const pacer of pacers) pacer[Symbol.dispose]();
      await within('the last answers', LAST_ANSWERS_MS, lanes).catch(() => undefined);
      client.disconnect();
    },
  });
}

function connect(how: ClientConnection): Redis | Cluster {
  const client = make(how);
  // What goes wrong shows in the requests; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}

function make(how: ClientConnection): Redis | Cluster {
  switch (how.by) {
    case 'address':
      return new Redis(plain(how.address));
    case 'sentinels':
      return new Redis({ sentinels: how.sentinels.map(plain), name: how.name });
    case 'cluster':
      return new Cluster(how.nodes.map(plain));
  }
}

const plain = ({ host, port }: Address): { host: string; port: number } => ({ host, port });

/** Only a server's own error says for certain that nothing was written. */
function note(ledger: LoadLedger, thrown: unknown): void {
  if (!(thrown instanceof Error)) ledger.lose(String(thrown));
  else if (thrown.name === 'ReplyError') ledger.refuse(thrown.message);
  else ledger.lose(thrown.name === 'Error' ? thrown.message : thrown.name);
}

run(JSON.parse(process.argv[2] ?? '') as LoadSettings<ClientSettings>);
