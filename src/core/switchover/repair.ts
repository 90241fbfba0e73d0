/** What a person does about a step that was carried forward without success. */
import { formatAddress } from '../identity.ts';
import type { Action, Step, Target } from '../plan.ts';
import type { ReshapeAction } from '../shards/reshape-action.ts';

/** What to do by hand for a step that was carried forward without success. */
export function repairFor(failed: Step): string {
  const action = failed.action;
  switch (action.verb) {
    case 'follow':
      return `when ${action.server.name} answers again: point its replication at ${action.source.name} (${formatAddress(action.source.address)}) by GTID and start it; if it has transactions that ${action.source.name} lacks, re-create it`;
    case 'follow-from-place':
      return `make ${action.server.name} anew from ${action.source.name}, or point its replication at the place in ${action.source.name}'s log where what it has ends`;
    case 'release-route':
      return `point ${action.route.kind} ${action.route.name} at ${action.to.name} (${formatAddress(action.to.address)}); Dauphin does it by itself as soon as the route answers`;
    case 'end-writers':
      return `look at ${action.server.name} for sessions with READ ONLY ADMIN or SUPER, end them, and compare its position with the frozen one`;
    case 'retire-source':
      return `on ${action.server.name}: STOP REPLICA; RESET REPLICA ALL (MariaDB: SLAVE)`;
    case 'prove':
      return 'look at the topology: a replica that does not show the hand-over row does not follow the new primary';
    case 'run-hook':
      return `run ${action.hook.command.join(' ')} by hand if it is needed`;
    case 'hand-over':
    case 'promote':
      return `look at ${action.server.name}: it may have become writable; leave the old primary read-only until that is known`;
    case 'fence':
      return `keep ${action.server.name} from coming back writable: stop it, or set read_only in its configuration`;
    case 'rule-out':
      return `see that ${action.server.name} is off or read-only: it may have been promoted`;
    case 'unfence':
      return action.start === 'as-before'
        ? `see that ${action.server.name} comes up writable when it restarts: its agent may have it come up read-only`
        : letStart(action.server);
    case 'gather':
    case 'restore-replication':
      return `look at ${action.server.name}: its replication is stopped`;
    case 'stop-replicating':
      return `look at ${action.server.name}: its replication may be stopped`;
    case 'settle-copy':
      return `on ${action.server.name}'s host: the old data beside the data folder, and .dauphin-copy in it, can be removed once it follows`;
    case 'commit-empty':
      return `on ${action.server.name}: SET GTID_NEXT to each name that only ${action.replica.name} has; BEGIN; COMMIT`;
    case 'freeze':
      return `compare ${action.server.name}'s position with the new primary's: what it took last may be missing there`;
    case 'await-position':
      return `look on the old primary for transactions that ${action.server.name} lacks: they are lost unless you apply them`;
    case 'restore':
      return `make ${action.server.name} anew from ${action.primary.name} or one of its replicas`;
    default:
      return repairOfReshape(action);
  }
}

function repairOfReshape(action: ReshapeAction | Passing): string {
  switch (action.verb) {
    case 'move-slots':
      return `ask for it again: what has gone stays; where ${action.from.name} or ${action.to.name} has slots on their way, fix the cluster first`;
    case 'repair-slots':
    case 'agree':
      return 'see what the findings say, and fix the cluster';
    case 'meet':
    case 'replicate':
      return `look at ${action.server.name}: ask for it again, or remove it`;
    case 'forget':
      return `ask for the removal of ${action.server.name} again, within 60 s: nodes that forgot it let it in again after that`;
    case 'set-timeout':
      return `CONFIG SET cluster-node-timeout ${action.ms} on ${action.server.name}`;
    default:
      return nothingLasts(action);
  }
}

/** For a server whose agent did not lift a fence. */
export const letStart = ({ name }: Target): string =>
  `let ${name} start again: its agent may keep it down (unfence), or have it come up read-only`;

type Passing = Extract<
  Action,
  {
    readonly verb:
      | 'confirm'
      | 'salvage'
      | 'assess'
      | 'level'
      | 'level-by-place'
      | 'compare'
      | 'save'
      | 'verify'
      | 'prepare'
      | 'catch-up'
      | 'hold-route'
      | 'drain'
      | 'thaw'
      | 'demote';
  }
>;

const nothingLasts = (_action: Passing): string => 'nothing: this step has no effect that lasts';
