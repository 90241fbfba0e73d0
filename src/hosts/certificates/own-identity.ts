/** The controller's own certificate, made anew by its own authority long before it is over. */
import type { Clock } from '../../core/clock.ts';
import type { Authority } from './authority.ts';
import type { Credentials } from './credentials.ts';
import { msUntilRenewal } from './validity.ts';

/** Gives the current one at any time. Making the next one takes a few milliseconds and is not waited for. */
export async function ownIdentity(authority: Authority, clock: Clock): Promise<() => Credentials> {
  const make = (): Promise<Credentials> => authority.identity({ role: 'controller', hosts: [] }, clock.now());
  let current = await make();
  let making = false;
  return () => {
    if (!making && msUntilRenewal(current.certificate, clock.now()) === 0) {
      making = true;
      make()
        .then((fresh) => {
          current = fresh;
        })
        // The one there is serves for weeks; the next question tries again.
        .catch(() => undefined)
        .finally(() => {
          making = false;
        });
    }
    return current;
  };
}
