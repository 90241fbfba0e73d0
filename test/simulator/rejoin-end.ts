/** What rejoins have left: the primary's rows, and files of exactly what was acknowledged and is lost. */
import type { ServerModel } from '../../src/simulator/server-model.ts';
import type { OperationRecord } from '../../src/simulator/store-record.ts';
import type { World } from './world.ts';

export async function judgeRejoins(world: World, primary: ServerModel): Promise<void> {
  const rejoins = [...world.record.operations.values()].filter(
    ({ operation }) => operation.kind === 'rejoin',
  );
  const saved = new Map<string, ReadonlySet<string>>();
  for (const rejoin of rejoins) saved.set(rejoin.operation.id, await savedBy(world, rejoin));
  for (const rejoin of rejoins) {
    // The numbers of one that was promoted again afterwards are given a second time.
    const again = rejoin.operation.plan && wasPromoted(world, rejoin.operation.plan.from.name);
    if (rejoin.operation.status === 'succeeded' && again === false) lookAt(world, { rejoin, saved, primary });
  }
  lookAtRows(world, primary);
}

async function savedBy({ shelf }: World, { entries }: OperationRecord): Promise<ReadonlySet<string>> {
  const files = entries.flatMap(({ what }) =>
    what.event === 'step-done' && what.output?.saved ? [what.output.saved.file] : [],
  );
  const names = new Set<string>();
  for (const file of files) {
    for await (const chunk of shelf.read(file))
      for (const [, name = ''] of chunk.matchAll(/^REPLAY ([^:]+:\d+)/gm)) names.add(name);
  }
  return names;
}

const wasPromoted = ({ record }: World, name: string): boolean =>
  [...record.operations.values()].some(({ operation: { kind, status, plan } }) => {
    const handsOver = kind === 'switchover' || kind === 'failover';
    return handsOver && status === 'succeeded' && plan?.to.name === name;
  });

interface Rejoined {
  readonly rejoin: OperationRecord;
  /** By operation. */
  readonly saved: ReadonlyMap<string, ReadonlySet<string>>;
  readonly primary: ServerModel;
}

/** Law 2: what could have been acknowledged and is taken back lies in a file, and nothing else does. */
function lookAt(world: World, { rejoin, saved, primary }: Rejoined): void {
  const { invariants, laws, lostInCrash } = world;
  const { id, plan, outcome } = rejoin.operation;
  const name = plan?.from.name ?? '';
  const began = laws.monotonic(rejoin.entries[0]?.at ?? 0);
  const before = new Set([...saved].flatMap(([each, names]) => (each < id ? [...names] : [])));
  const own = saved.get(id) ?? new Set();
  const lost = invariants.acknowledged.filter(
    ({ server, number, at }) =>
      server === name &&
      at < began &&
      !primary.log.has({ origin: server, number }) &&
      !lostInCrash.has(`${server} ${server}:${number}`) &&
      !before.has(`${server}:${number}`),
  );
  const unsaved = lost.find(({ number }) => !own.has(`${name}:${number}`));
  if (unsaved) invariants.breach(2, `${id} took ${name}:${unsaved.number} back, and no file has it`);
  const needless = [...own].find((each) => {
    const [origin = '', number = '0'] = each.split(':');
    return primary.log.has({ origin, number: Number(number) });
  });
  if (needless !== undefined) invariants.breach(2, `${id} saved ${needless}, which ${primary.name} has`);
  if (outcome?.loss?.verdict === 'none' && lost.length > 0)
    invariants.breach(2, `${id} says that nothing acknowledged was lost, and ${lost.length} writes were`);
}

/** Whoever follows the primary and says that it has done as much holds the same rows, whatever its log says. */
function lookAtRows({ servers, invariants }: World, primary: ServerModel): void {
  for (const { name, life, channel, log } of servers) {
    if (life !== 'up' || !channel?.leadsTo(primary.traits.address)) continue;
    if (channel.receiver !== 'running' || log.position !== primary.log.position) continue;
    const [more] = [...log.rows].filter((row) => !primary.log.rows.has(row));
    const [less] = [...primary.log.rows].filter((row) => !log.rows.has(row));
    const words = more === undefined ? `lacks ${less}` : `has ${more} besides`;
    if (more !== undefined || less !== undefined)
      invariants.breach('end', `${name} follows ${primary.name} and ${words}`);
  }
}
