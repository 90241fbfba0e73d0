/** `npm run bench -- <name> [options]`: measurements on real servers. */
import { awaitInterruption } from '../test/kit/interruption.ts';
import type { Bench, BenchIo } from './bench.ts';
import { UsageError, usageText } from './usage.ts';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  switchover: async () => (await import('./switchover/switchover.ts')).switchover,
  failover: async () => (await import('./failover/failover.ts')).failover,
  idle: async () => (await import('./idle/idle.ts')).idle,
  redis: async () => (await import('./redis/redis.ts')).redis,
};

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const [name, ...args] = argv.filter((word) => word !== '--json');
  if (argv.includes('--help')) {
    process.stdout.write(usageText);
    return exitCodes.done;
  }
  using interruption = awaitInterruption(() => process.stderr.write('\ninterrupted: ending the servers …\n'));
  const io: BenchIo = {
    say: (line) => (json ? process.stderr : process.stdout).write(`${line}\n`),
    result: (figures) => {
      if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
    },
    signal: interruption.signal,
  };
  try {
    const load = name === undefined ? undefined : Object.hasOwn(benches, name) && benches[name];
    if (load === undefined) throw new UsageError('which bench?');
    if (load === false) throw new UsageError(`there is no bench ${name}`);
    await (await load())(args, io);
    return exitCodes.done;
  } catch (thrown) {
    return explain(thrown, interruption.signal);
  }
}

function explain(thrown: unknown, signal: AbortSignal): number {
  if (thrown instanceof UsageError) {
    process.stderr.write(`bench: ${thrown.message}\n\n${usageText}`);
    return exitCodes.usage;
  }
  if (signal.aborted) return exitCodes.interrupted;
  process.stderr.write(
    `bench: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`,
  );
  return exitCodes.failed;
}

// A reader that has gone away (`| head`, a closed terminal) must not keep the servers from being ended.
process.stdout.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
