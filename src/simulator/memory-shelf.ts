/** Keeps salvaged logs in memory. */
import type { SalvageShelf } from '../core/host.ts';

export function createMemoryShelf(): SalvageShelf {
  const kept = new Map<string, readonly string[]>();
  return {
    keep: async (name, statements) => {
      const chunks: string[] = [];
      for await (const chunk of statements) chunks.push(chunk);
      kept.set(name, chunks);
      return name;
    },
    async *read(file) {
      yield* kept.get(file) ?? [];
    },
  };
}
