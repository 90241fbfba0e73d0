/** What an agent's disk says of its fence. A fence does not wait long for the disk; who restarts the agent has to. */
import { readFile } from 'node:fs/promises';
import { until } from './deadline.ts';

export interface WrittenMark {
  readonly fenced: boolean;
  /** Of the order that fenced last. */
  readonly lease?: number;
}

export function awaitMark(dataDir: string, { fenced, lease }: WrittenMark): Promise<unknown> {
  const parts = [`"fenced":${fenced}`, ...(lease === undefined ? [] : [`"lease":${lease}`])];
  return until(`the agent's disk to say ${parts.join()}`, { deadlineMs: 10_000 }, async () => {
    // None is there before the first fence.
    const text = await readFile(`${dataDir}/fence.json`, 'utf8').catch(() => undefined);
    return text !== undefined && parts.every((part) => text.includes(part));
  });
}
