/** What the witnesses of a primary came to, where it matters what follows and not how they did. */
import type { Judgement, Verdict } from '../detection/testimony.ts';
import { testTime } from './cluster-builder.ts';

export const judgedDead: Judgement = {
  verdict: 'dead',
  rule: 'gone-says-its-host',
  because: 'its own host says that its process is gone, and this controller cannot reach it',
  testimonies: [],
  suspectedAt: testTime,
  judgedAt: testTime,
};

export const judged = (verdict: Verdict): Judgement => ({ ...judgedDead, verdict });
