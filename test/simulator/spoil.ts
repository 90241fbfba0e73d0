/** Breaks the engine that a controller is given. */
import type { Engine, ServerLink } from '../../src/core/engine.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { Wiring } from './controller-process.ts';

/** Changes links as they are made; `links` has all of one controller's, by address. */
export type Spoil = (link: ServerLink, links: ReadonlyMap<string, ServerLink>) => Partial<ServerLink>;

export function broken(spoil: Spoil): (wiring: Wiring) => Wiring {
  const changed = (engine: Engine): Engine => {
    const links = new Map<string, ServerLink>();
    return {
      ...engine,
      link: (address, context) => {
        const link = engine.link(address, context);
        links.set(formatAddress(address), link);
        return { ...link, ...spoil(link, links) };
      },
    };
  };
  return (wiring) => ({ ...wiring, spoil: changed });
}
