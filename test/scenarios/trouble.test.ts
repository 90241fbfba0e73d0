/** Survivors in trouble, other shapes, switchovers and errant transactions: MHA's and Vitess's cases on real servers. */
import { errant } from './cases/errant.ts';
import { online } from './cases/online.ts';
import { pairsAndTiers } from './cases/pairs-and-tiers.ts';
import { recovery } from './cases/recovery.ts';
import { playAll } from './play-all.ts';

playAll('recovery errors', recovery);
playAll('pairs and tiers', pairsAndTiers);
playAll('online', online);
playAll('errant', errant);
