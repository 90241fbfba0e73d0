/** How plans of each kind are run, and taken up again after a controller died in them. */

import type { Fault } from '../../contract/errors.ts';
import type { PlanKind } from '../../core/plan.ts';
import { resumeFailover, runFailover } from './run-failover.ts';
import { resumeFencing, runFencing } from './run-fencing.ts';
import type { Finished } from './run-phases.ts';
import { resumeRejoin, runRejoin } from './run-rejoin.ts';
import { resumeRelocation, runRelocation } from './run-relocation.ts';
import { resumeRepair, runRepair } from './run-repair.ts';
import { resumeReshape, runReshape, soFar } from './run-reshape.ts';
import type { Execution } from './run-steps.ts';
import { resumeSwitchover, runSwitchover } from './run-switchover.ts';

interface Program {
  run(execution: Execution): Promise<Finished>;
  /** `interruption` says by what it was interrupted. Looks at the world before it acts on it. */
  resume(execution: Execution, interruption: Fault): Promise<Finished>;
  /** What is done of one that is cut short and whose effects stay. */
  account?(execution: Execution): string;
}

export const programs: Readonly<Record<PlanKind, Program>> = {
  switchover: { run: runSwitchover, resume: resumeSwitchover },
  failover: { run: runFailover, resume: resumeFailover },
  relocation: { run: runRelocation, resume: resumeRelocation },
  fencing: { run: runFencing, resume: resumeFencing },
  rejoin: { run: runRejoin, resume: resumeRejoin },
  repair: { run: runRepair, resume: resumeRepair },
  reshape: { run: runReshape, resume: resumeReshape, account: soFar },
};
