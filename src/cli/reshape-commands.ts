/** The commands that reshape a Redis Cluster, as `redis-cli --cluster` has them. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Add } from './add-command.ts';
import { durationMs, wholeNumber } from './arguments.ts';

export function addReshaping(add: Add): void {
  movesKeys(
    add('rebalance <cluster>', 'spread the slots of a Redis Cluster evenly over its primaries', async () => {
      return (await import('./commands/reshape.ts')).rebalance;
    }),
  )
    .option('--weight <server=weight>', 'more or less than 1; 0 gives all away; may be given again', weight)
    .option('--threshold <percent>', 'how far a primary may be from its share; 2 without it', decimal)
    .option('--use-empty', 'primaries without slots get their share, too');
  movesKeys(
    add('reshard <cluster>', 'move a number of slots to a primary of a Redis Cluster', async () => {
      return (await import('./commands/reshape.ts')).reshard;
    }),
  )
    .requiredOption('--from <servers>', 'who gives them: names with commas between, or all')
    .requiredOption('--to <server>', 'who gets them')
    .requiredOption('--slots <number>', 'how many', wholeNumber);
  planned(
    add('add-node <cluster> <address>', 'take an empty node into a Redis Cluster, as a primary', async () => {
      return (await import('./commands/reshape.ts')).addNode;
    }),
  )
    .option('--replica', 'as a replica of the primary that needs one most')
    .option('--replica-of <server>', 'as a replica of that primary');
  movesKeys(
    add('remove-node <cluster> <server>', 'take a node out of a Redis Cluster', async () => {
      return (await import('./commands/reshape.ts')).removeNode;
    }),
  ).option('--drain', 'its slots go to the other primaries first');
  movesKeys(
    add('fix <cluster>', 'give every slot of a Redis Cluster one owner, with all its keys', async () => {
      return (await import('./commands/reshape.ts')).fix;
    }),
  )
    .option(
      '--without-unreachable',
      'go on without primaries that do not answer; what only they have is lost',
    )
    .option('--replace', 'of a key that two nodes have and not the same, keep that of the one that gives');
  planned(
    add('place-replicas <cluster>', 'give primaries without a replica one of another shard', async () => {
      return (await import('./commands/reshape.ts')).placeReplicas;
    }),
  ).option('--barrier <number>', 'how many replicas a shard must keep; 1 without it', wholeNumber);
  planned(
    add('set-timeout <cluster>', 'change the node timeout of a Redis Cluster', async () => {
      return (await import('./commands/reshape.ts')).setNodeTimeout;
    }).argument('<duration>', 'such as 5s', durationMs),
  );
}

/** Of all that can be shown before it is done. */
export function planned(command: Command): Command {
  return command
    .option('--dry-run', 'show the plan and change nothing')
    .option('--no-wait', 'return as soon as it is written down');
}

function movesKeys(command: Command): Command {
  return planned(command)
    .option('--keys-per-call <number>', 'the most keys that one call moves; 256 without it', wholeNumber)
    .option('--pause <duration>', 'a rest after each call, such as 5ms', durationMs);
}

function weight(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, server, number] = /^(.+)=(\d{1,6}(?:\.\d{1,6})?)$/.exec(text) ?? [];
  if (server === undefined) throw new InvalidArgumentError('It must be a server and a number: db1=2.');
  return { ...before, [server]: Number(number) };
}

function decimal(text: string): number {
  if (!/^\d{1,3}(?:\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return Number(text);
}
