/** A controller's API on a port of its own, as another controller asks it. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createRestApi } from '../../src/api/rest/index.ts';
import type { ControlPlane } from '../../src/control/control-plane.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Peer, PeerSettings } from '../../src/core/peer.ts';
import { httpPeer } from '../../src/peers/http-peer.ts';

const token = 'a-token-for-the-tests';
const host = '127.0.0.1';

export interface ServedPeer extends AsyncDisposable {
  /** The client of it, for the parts of the other controller. */
  readonly peer: Peer;
  readonly settings: PeerSettings;
  /** As when its host goes away: nobody answers any more. */
  stop(): Promise<void>;
}

/** Serves what `control` says under the name `west`. */
export async function servePeer(control: ControlPlane, name = 'west'): Promise<ServedPeer> {
  const app = createRestApi({ control, token, log: pino({ level: 'silent' }) });
  await app.listen({ host, port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const settings: PeerSettings = { name, url: `http://${host}:${port}`, token };
  const peer = httpPeer(settings, systemClock);
  return {
    peer,
    settings,
    stop: async () => app.close(),
    [Symbol.asyncDispose]: async () => {
      await peer.close();
      await app.close();
    },
  };
}
