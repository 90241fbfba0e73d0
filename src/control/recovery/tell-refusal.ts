/** Says in the log why a dead primary is not taken over from by itself: once for the same reasons. */
import type { Refusal } from '../../core/switchover-request.ts';
import type { Death } from '../detection/death-watch.ts';
import type { Log } from '../log.ts';
import type { WatchedCluster } from '../watched-cluster.ts';

export class RefusalTeller {
  readonly #log: Log;
  /** What was said last, by cluster and primary. */
  readonly #said = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** With the plan that would have been, where the policy is to observe. */
  tell(cluster: WatchedCluster, { server, name, judgement }: Death, refusals: readonly Refusal[]): void {
    const { name: of } = cluster.setup.policy;
    const key = `${of} ${server}`;
    const words = refusals.map(({ code }) => code).join();
    if (this.#said.get(key) === words) return;
    this.#said.set(key, words);
    const about = { cluster: of, primary: name, because: judgement.because, refusals };
    if (cluster.setup.policy.failover.mode !== 'observe') {
      this.#log.error(about, 'failover.refused');
      return;
    }
    const planned = cluster.planFailoverOf(server, judgement, { cluster: of });
    const would = planned.ok
      ? { would: `promote ${planned.plan.to.name}`, guarantee: planned.plan.guarantee }
      : planned;
    this.#log.warn({ ...about, ...would }, 'failover.observed');
  }

  /** The next death is another matter. */
  forget(cluster: string): void {
    for (const key of this.#said.keys()) if (key.startsWith(`${cluster} `)) this.#said.delete(key);
  }
}
