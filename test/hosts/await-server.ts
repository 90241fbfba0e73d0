/** What one look says of a server may be wrong on a busy machine: it waits 0.3 s for a greeting and 0.5 s for the disk. */
import type { HostState } from '../../src/core/host.ts';
import { until } from '../kit/deadline.ts';

/** The first look that finds this; a look that fails ends the waiting. */
export async function awaitServer(
  look: () => Promise<HostState>,
  expected: Partial<HostState>,
): Promise<HostState> {
  let last: HostState | undefined;
  const found = ([key, value]: [string, unknown]) => last?.[key as keyof HostState] === value;
  try {
    return await until(`a look with ${JSON.stringify(expected)}`, { deadlineMs: 10_000 }, async () => {
      last = await look();
      return Object.entries(expected).every(found) ? last : undefined;
    });
  } catch (thrown) {
    throw new Error(`${String(thrown)}; last seen: ${JSON.stringify(last)}`, { cause: thrown });
  }
}
