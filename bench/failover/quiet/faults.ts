/** What may happen to a primary that is not dead. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CutKind, Relay } from '../../../test/kit/relay.ts';
import type { QuietScene } from './quiet-scene.ts';

export interface Fault {
  readonly name:
    | 'restart'
    | 'crash'
    | 'controller-cut-off-silently'
    | 'controller-refused'
    | 'replicas-cut-off-silently'
    | 'replicas-refused';
  readonly about: string;
  /** Returns when all is mended. */
  play(scene: QuietScene, signal: AbortSignal): Promise<void>;
}

/** Longer than any of the detector's own times, shorter than a server's patience with a replica. */
const CUT_MS = 8000;
/** Within the grace period of 10 s, with the start itself. */
const DOWN_MS = 2000;

export const faults: readonly Fault[] = [
  {
    name: 'restart',
    about: 'the primary is restarted',
    play: ({ primary }) => primary.restart(),
  },
  {
    name: 'controller-cut-off-silently',
    about: 'the controller is cut off from the primary: nothing passes',
    play: ({ controllersWire }, signal) => cutFor(controllersWire, 'silent', signal),
  },
  {
    name: 'replicas-cut-off-silently',
    about: 'the replicas are cut off from the primary: nothing passes',
    play: ({ replicasWire }, signal) => cutFor(replicasWire, 'silent', signal),
  },
  {
    name: 'crash',
    about: 'the primary is killed, and started again after 2 s',
    play: async ({ primary }, signal) => {
      await primary.kill();
      await sleep(DOWN_MS, undefined, { signal });
      await primary.restart();
    },
  },
  {
    name: 'controller-refused',
    about: 'the controller is cut off from the primary: connections are refused',
    play: ({ controllersWire }, signal) => cutFor(controllersWire, 'refused', signal),
  },
  {
    name: 'replicas-refused',
    about: 'the replicas are cut off from the primary: connections are refused',
    play: ({ replicasWire }, signal) => cutFor(replicasWire, 'refused', signal),
  },
];

async function cutFor(wire: Relay, kind: CutKind, signal: AbortSignal): Promise<void> {
  await wire.cut(kind);
  await sleep(CUT_MS, undefined, { signal });
  await wire.mend();
}
