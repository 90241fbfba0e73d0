/** What the direct replicas of a server say of it, counted as Orchestrator counts them (GetReplicationAnalysis). */
import { type Node, replicasOf, type Topology } from '../topology.ts';
import { failsToConnect, hasConnectError } from './connect-error.ts';
import { isSeen } from './seen.ts';

export interface Witnesses {
  readonly replicas: number;
  readonly answering: number;
  /** Both threads run: its source is alive, whoever else may not reach it. */
  readonly replicating: number;
  /** The receiver runs, whatever the applier does: it has not noticed that its source is gone. */
  readonly receiving: number;
  /** The receiver lost its source and looks for it: a witness, unlike one that was stopped by hand. */
  readonly lost: number;
  readonly lagging: number;
  readonly delayed: number;
  /** The applier runs, and the receiver tries in vain to connect. */
  readonly failingToConnect: number;
  readonly downtimed: number;
}

export function witnesses(node: Node, topology: Topology, lagLimitMs: number): Witnesses {
  const replicas = replicasOf(topology, node.id);
  const answering = replicas.filter((replica) => isSeen(replica) && replica.reachable);
  const channels = answering.map((replica) => replica.channel).filter((channel) => channel !== undefined);
  const lagMs = (seconds: number | null): number => (seconds ?? 0) * 1000;
  return {
    replicas: replicas.length,
    answering: answering.length,
    replicating: channels.filter((c) => c.receiver === 'running' && c.applier === 'running').length,
    receiving: channels.filter((c) => c.receiver === 'running').length,
    lost: channels.filter((c) => c.receiver === 'connecting' || hasConnectError(c)).length,
    lagging: channels.filter((c) => lagMs(c.lagSeconds) > lagLimitMs).length,
    delayed: channels.filter((c) => c.delaySeconds > 0).length,
    failingToConnect: channels.filter(failsToConnect).length,
    downtimed: replicas.filter((replica) => replica.downtimed).length,
  };
}
