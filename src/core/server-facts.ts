/** All that is known of one server before it is given its place in a topology. */
import type { Address, OperationId, ServerId } from './identity.ts';
import type { Observation, ProbeFailure } from './observation.ts';
import type { ServerSettings } from './policy.ts';
import type { Acknowledging, HostLook } from './topology.ts';

export interface ServerFacts {
  readonly id: ServerId;
  readonly address: Address;
  /** Every address under which this same server has been reached. */
  readonly aliases: readonly Address[];
  readonly settings: ServerSettings;
  /** The last probe answered. */
  readonly reachable: boolean;
  readonly failure?: ProbeFailure;
  /** The last thing seen of it, however old; undefined when it was never seen. */
  readonly seen?: Observation;
  /** The operation by which another server took its place as the primary. */
  readonly replacedBy?: OperationId;
  /** The look before that. */
  readonly previous?: Observation;
  readonly host?: HostLook;
  readonly stalledSince?: number;
  readonly returns?: number;
  readonly acknowledging?: Acknowledging;
  readonly noneCameSince?: number;
}
