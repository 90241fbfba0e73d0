/** The load client's own process: its clock is not held up by what the test is doing, nor the other way round. */

import { runFollowingLanes, runProxiedLanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { machineClock } from './machine-clock.ts';
import { Pacer } from './pacer.ts';
import type { WriterCommand, WriterReply, WriterSettings } from './writer-protocol.ts';

const RECORDS_A_MESSAGE = 5000;

function say(reply: WriterReply): void {
  process.send?.(reply);
}

function run(settings: WriterSettings): void {
  const ledger = new Ledger(settings.runId, machineClock(settings.clockOffsetUs));
  const pacer = new Pacer(settings.rate, settings.connections);
  const stopping = new AbortController();
  const context = { settings, ledger, pacer, stopping: stopping.signal };
  const lanes = settings.proxy === undefined ? runFollowingLanes(context) : runProxiedLanes(context);

  const stop = async (): Promise<void> => {
    stopping.abort();
    pacer[Symbol.dispose]();
    await lanes;
    for (let at = 0; at < ledger.records.length; at += RECORDS_A_MESSAGE) {
      say({ reply: 'records', records: ledger.records.slice(at, at + RECORDS_A_MESSAGE) });
    }
    say({ reply: 'stopped', stats: ledger.stats(), marks: ledger.marks });
  };

  process.on('message', (message) => {
    const asked = message as WriterCommand;
    switch (asked.command) {
      case 'mark':
        say({ reply: 'mark', mark: ledger.mark(asked.label) });
        break;
      case 'stats':
        say({ reply: 'stats', stats: ledger.stats() });
        break;
      case 'since':
        say({ reply: 'since', records: ledger.records.slice(asked.from) });
        break;
      case 'stop':
        void stop();
        break;
    }
  });
  say({ reply: 'ready' });
}

// It ends when its owner hangs up, having heard everything, or dies.
process.on('disconnect', () => process.exit());
run(JSON.parse(process.argv[2] ?? '') as WriterSettings);
