/** The primary dies: MHA's cases on real servers. */
import { applier } from './cases/applier.ts';
import { bulk } from './cases/bulk.ts';
import { plain } from './cases/plain.ts';
import { received } from './cases/received.ts';
import { tail } from './cases/tail.ts';
import { playAll } from './play-all.ts';

playAll('plain', plain);
playAll('received differently', received);
playAll('bulk', bulk);
playAll('the dead primary’s tail', tail);
playAll('appliers', applier);
