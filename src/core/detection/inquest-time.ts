/** How long an inquest may take. */
import type { DetectionPolicy } from '../policy.ts';
import { connectMs } from './testify.ts';

/** For what receivers try anew and takes longer than the time there was, milliseconds. */
export const lateRenewalMs = 3000;

/** At most, in milliseconds: its own time, a renewal that is under way by then, and what comes of it. */
export const inquestAtMostMs = ({ inquestMs }: DetectionPolicy): number =>
  inquestMs + lateRenewalMs + 2 * connectMs;
