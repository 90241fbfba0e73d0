/** What the tests of the faces show and print. */
export { sampleJournal, sampleOperation, succeededOperation } from './sample-operation.ts';
export { samplePlan } from './sample-plan.ts';
export { sampleInstant } from './sample-target.ts';
export { sampleFinding, sampleRefusal, sampleTopology } from './sample-topology.ts';
