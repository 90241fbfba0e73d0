/** The types that the control plane shows its faces, against the schemas; see contract/agreement.test.ts. */
import { expect, test } from 'vitest';
import type { ClusterSummary } from '../../contract/cluster-schema.ts';
import type { ControlEvent } from '../../contract/event-schema.ts';
import type { Exactly } from '../../contract/same-type.ts';
import type * as control from '../../control/control-plane.ts';

test('the schemas and the types of the control plane agree field by field', () => {
  const agreed: [
    Exactly<ClusterSummary, control.ClusterSummary>,
    Exactly<ControlEvent, control.ControlEvent>,
  ] = [true, true];
  expect(agreed).not.toContain(false);
});
