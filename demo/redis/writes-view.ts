/** What the application saw of the cluster while something was done to it. */
import { longestGap } from '../../bench/redis/gap.ts';
import type { LoadRecord, LoadStats } from '../../bench/redis/load/load-protocol.ts';
import { clock } from '../../test/kit/machine-clock.ts';
import type { Application } from './application.ts';
import { type OwnerOf, slotOwners } from './slot-owners.ts';
import type { Stage } from './stage.ts';

export interface ShardPause {
  /** Its primary's name when it began. */
  readonly shard: string;
  readonly ms: number;
}

/** Between begin and end of an act. */
export interface Watch {
  /** Epoch microseconds. */
  readonly from: number;
  /** Whose the slots were. */
  readonly ownerOf: OwnerOf;
}

/** Writes acknowledged so long before an act are those a pause may have begun with; microseconds. */
const BEFORE_US = 1_000_000;

export class WritesView {
  readonly #application: Application;
  readonly #records: LoadRecord[] = [];

  constructor(application: Application) {
    this.#application = application;
  }

  /** Every write that was acknowledged, as far as it was asked for. */
  get records(): readonly LoadRecord[] {
    return this.#records;
  }

  /** Takes in what was acknowledged since the last call. */
  async refresh(): Promise<{ readonly fresh: readonly LoadRecord[]; readonly stats: LoadStats }> {
    const { records, stats } = await this.#application.since(this.#records.length);
    for (const record of records) this.#records.push(record);
    return { fresh: records, stats };
  }

  async watch(stage: Pick<Stage, 'servers'>): Promise<Watch> {
    const ownerOf = await slotOwners(stage);
    return { from: clock.nowUs(), ownerOf };
  }

  /** The longest time in which the application had no write to a shard acknowledged; the longest of them first. */
  async pauses({ from, ownerOf }: Watch): Promise<readonly ShardPause[]> {
    const to = clock.nowUs();
    await this.refresh();
    const about = this.#records.filter(({ ackedAt }) => ackedAt > from - BEFORE_US);
    const shards = Map.groupBy(about, ({ key }) => ownerOf(key)?.name ?? 'nobody');
    return [...shards]
      .map(([shard, records]) => {
        const ackedAt = records.map((record) => record.ackedAt);
        return { shard, ms: longestGap(ackedAt, { from, to })?.ms ?? 0 };
      })
      .sort((a, b) => b.ms - a.ms);
  }
}
