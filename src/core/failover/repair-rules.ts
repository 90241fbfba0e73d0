/** Why a replica's errant transactions are not repaired: what cannot be, before what is only missing. */
import type { RepairMeans } from '../policy.ts';
import type { Refusal } from '../switchover-request.ts';
import { counted } from '../wording.ts';
import type { RepairCasting, RepairQuestion } from './repair-casting.ts';

/** Each is a transaction of its own, and a round trip. */
export const mostEmpty = 10_000;

interface Row {
  readonly code: Refusal['code'];
  when(casting: RepairCasting): boolean;
  words(casting: RepairCasting): Pick<Refusal, 'fact' | 'needs'>;
}

/** Something of what it has is lost to it, and not only reconciled in name. */
export const takesBack = ({ means }: RepairCasting): boolean => means.some((each) => each !== 'empty');

/** A person's word goes before the policy. */
export const askedFor = ({ by, policy }: RepairQuestion): readonly RepairMeans[] =>
  by === undefined ? policy.failover.restore : [by];

const lacksDonor = (casting: RepairCasting): boolean =>
  casting.means.length === 0 &&
  askedFor(casting).includes('clone') &&
  casting.engine.restores.clone !== false;

const orEmpty = ({ engine }: RepairCasting): string => (engine.restores.empty ? ', or --by empty' : '');

/** First match wins. */
export const repairTable: readonly Row[] = [
  {
    code: 'repair-impossible',
    when: lacksDonor,
    words: (casting) => ({
      fact: `no server is of ${casting.node.name}'s version, ${casting.node.seen.version.text}: none can be copied to it`,
      needs: `a donor of the same version${orEmpty(casting)}`,
    }),
  },
  {
    code: 'repair-impossible',
    when: ({ means }) => means.length === 0,
    words: ({ by, engine }) => {
      const can = (['flashback', 'clone', 'empty'] as const).filter(
        (each) => engine.restores[each] !== false,
      );
      const needs = can.length === 0 ? 'another engine' : `--by ${can.join(' or ')}`;
      return by === undefined
        ? { fact: `${engine.title} can do nothing of what failover.restore allows`, needs }
        : { fact: `${engine.title} cannot repair by ${by}`, needs };
    },
  },
  {
    code: 'repair-impossible',
    when: ({ means, node }) => means.includes('empty') && node.errant.count > mostEmpty,
    words: ({ node }) => ({
      fact: `${node.name} has ${counted(node.errant.count, 'errant transaction')}`,
      needs: `at most ${mostEmpty} for empty transactions, or --by clone`,
    }),
  },
  {
    // What hangs below it has them too, and could not follow it once its log has lost them.
    code: 'feeds-replicas',
    when: (casting) => takesBack(casting) && casting.node.replicas.length > 0,
    words: (casting) => ({
      fact: `${counted(casting.node.replicas.length, 'server')} replicate${casting.node.replicas.length === 1 ? 's' : ''} from ${casting.node.name}`,
      needs: `no replicas: put them under another source first${orEmpty(casting)}`,
    }),
  },
  {
    code: 'candidate-not-logging',
    when: (casting) => takesBack(casting) && !casting.node.seen.log.logsReplicated,
    words: ({ node }) => ({
      fact: `${node.name} does not log what it replicates: where it parted from the primary cannot be told`,
      needs: 'log_replica_updates (MariaDB: log_slave_updates)',
    }),
  },
  {
    code: 'no-agent',
    when: (casting) => takesBack(casting) && casting.node.settings.agent === undefined,
    words: (casting) => ({
      fact: `no agent on ${casting.node.name}'s host can save what would be taken back`,
      needs: `an agent there (servers[].agent)${orEmpty(casting)}`,
    }),
  },
];
