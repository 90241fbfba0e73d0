/** An application: ioredis as it comes, one small SET after the other, over all slots; each key is written once. */
import { Cluster } from 'ioredis';
import { LoadLedger } from '../../bench/redis/load/load-ledger.ts';
import { within } from '../../test/kit/deadline.ts';
import { machineClock } from '../../test/kit/machine-clock.ts';
import { Pacer } from '../../test/kit/pacer.ts';
import type { ApplicationCommand, ApplicationReply, ApplicationSettings } from './application-protocol.ts';

const LAST_ANSWERS_MS = 1000;
const everything = { shard: '', server: '', prefix: 'order:' };

function run({ nodes, rate, clockOffsetUs }: ApplicationSettings): void {
  const ledger = new LoadLedger(machineClock(clockOffsetUs));
  const client = new Cluster([...nodes]);
  // What goes wrong shows in the requests; without a listener it would end the process.
  client.on('error', () => undefined);
  const pacer = new Pacer(rate, 1);
  const underWay = new Set<Promise<void>>();
  let stopping = false;

  const write = async (): Promise<void> => {
    const sent = ledger.next(everything);
    try {
      await client.set(sent.key, sent.value);
      ledger.acknowledge(sent);
    } catch (thrown) {
      ledger.lose(String(thrown));
    }
  };

  // One request does not wait for another: a shard that takes none must not hold up those of the others.
  const writeOn = async (): Promise<void> => {
    for (;;) {
      await pacer.turn();
      if (stopping) return;
      const writing = write();
      underWay.add(writing);
      void writing.finally(() => underWay.delete(writing));
    }
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    pacer[Symbol.dispose]();
    await within('the last answers', LAST_ANSWERS_MS, Promise.all(underWay)).catch(() => undefined);
    client.disconnect();
  };

  const answer = async (asked: ApplicationCommand): Promise<void> => {
    if (asked.command === 'stop') await stop();
    const from = asked.command === 'since' ? asked.from : ledger.records.length;
    const reply: ApplicationReply = { records: ledger.records.slice(from), stats: ledger.stats() };
    process.send?.(reply);
  };

  process.on('message', (message) => void answer(message as ApplicationCommand));
  // It ends when its owner does.
  process.on('disconnect', () => process.exit());
  void writeOn();
}

run(JSON.parse(process.argv[2] ?? '') as ApplicationSettings);
