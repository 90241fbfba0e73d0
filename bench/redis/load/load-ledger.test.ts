import { describe, expect, it } from 'vitest';
import { LoadLedger } from './load-ledger.ts';

const target = { shard: 's1', server: 'db1', prefix: '{a}:p:' };

function ledgerAt(): { readonly ledger: LoadLedger; setNow(us: number): void } {
  let now = 0;
  const ledger = new LoadLedger({ nowUs: () => now });
  return { ledger, setNow: (us) => (now = us) };
}

describe('the ledger of a load process', () => {
  it('gives each key once, also when its write is refused or lost', () => {
    const { ledger } = ledgerAt();
    const keys = [ledger.next(target), ledger.next(target), ledger.next(target)].map(({ key }) => key);
    ledger.refuse('READONLY You can’t write against a read only replica.');
    ledger.lose('closed');
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toMatch(/^\{a\}:p:/);
  });

  it('records what was acknowledged, by whom and when, and nothing else', () => {
    const { ledger, setNow } = ledgerAt();
    setNow(1000);
    const [first, second] = [ledger.next(target), ledger.next({ ...target, server: 'db2' })];
    setNow(3000);
    ledger.acknowledge(second);
    expect(ledger.records).toEqual([{ ...second, sentAt: 1000, ackedAt: 3000 }]);
    expect(ledger.records.map(({ key }) => key)).not.toContain(first.key);
    expect(ledger.stats()).toMatchObject({ acknowledged: 1, lastAckedAt: { db2: 3000 } });
  });

  it('knows the newest acknowledgement of a shard where the server is not known', () => {
    const { ledger, setNow } = ledgerAt();
    setNow(5000);
    ledger.acknowledge(ledger.next({ ...target, server: '' }));
    expect(ledger.stats().lastAckedAt).toEqual({ s1: 5000 });
  });

  it('tells refusals from writes of unknown outcome, and counts both by what they are', () => {
    const { ledger } = ledgerAt();
    ledger.refuse('MOVED 12 127.0.0.1:7000');
    ledger.refuse('MOVED 12 127.0.0.1:7001');
    ledger.lose('Too many Cluster redirections. Last error: CLUSTERDOWN');
    ledger.lose('');
    expect(ledger.stats()).toMatchObject({
      refused: 2,
      unknown: 2,
      errors: { MOVED: 2, 'Too many Cluster redirections': 1, unknown: 1 },
    });
  });
});
