/** What both load processes do alike: they answer their owner, and tell everything when they are stopped. */
import type { LoadLedger } from './load-ledger.ts';
import type { LoadCommand, LoadReply } from './load-protocol.ts';

export interface LoadWork {
  /** Sends nothing more; resolves when the writes under way have their answer or are given up. */
  stop(): Promise<void>;
  follow?(address: { readonly host: string; readonly port: number }): void;
}

const RECORDS_A_MESSAGE = 5000;

export function serveLoad(ledger: LoadLedger, work: LoadWork): void {
  process.on('message', (message) => {
    const asked = message as LoadCommand;
    switch (asked.command) {
      case 'stats':
        say({ reply: 'stats', stats: ledger.stats() });
        break;
      case 'follow':
        work.follow?.(asked.address);
        say({ reply: 'following' });
        break;
      case 'stop':
        void tellAll(ledger, work);
        break;
    }
  });
  // It ends when its owner hangs up, having heard everything, or dies.
  process.on('disconnect', () => process.exit());
  say({ reply: 'ready' });
}

async function tellAll(ledger: LoadLedger, work: LoadWork): Promise<void> {
  await work.stop();
  for (let at = 0; at < ledger.records.length; at += RECORDS_A_MESSAGE) {
    say({ reply: 'records', records: ledger.records.slice(at, at + RECORDS_A_MESSAGE) });
  }
  say({ reply: 'stopped', stats: ledger.stats() });
}

function say(reply: LoadReply): void {
  process.send?.(reply);
}
