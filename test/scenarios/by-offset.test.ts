/** The primary dies, and its replicas follow it by file and offset: MHA's cases on real servers. */
import { byOffset } from './cases/by-offset.ts';
import { playAll } from './play-all.ts';

playAll('by file and offset', byOffset);
