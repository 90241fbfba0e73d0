/** The refusal of a request while another operation runs on the same cluster. */
import type { Refusal } from '../../core/switchover-request.ts';

export function operationRunning(id: string): Refusal {
  return {
    code: 'operation-running',
    fact: `operation ${id} is running on this cluster`,
    needs: 'its end; dauphin explain shows how far it is',
  };
}
