import { describe, expect, it } from 'vitest';
import { LogStatements } from '../sql/log-statements.ts';
import { LogTransactions } from '../sql/log-transactions.ts';
import { noted } from '../sql/noted-replay.ts';
import { placeNamer, replayWord } from './place-marks.ts';

const server = '0a1b2c3d-0000-0000-0000-000000000001';
const gtid = "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'/*!*/;\n";
const event = (end: number, what: string): string =>
  `# at 4\n#261121 16:58:06 server id 1  end_log_pos ${end} CRC32 0xe91e19e1 \t${what}\n`;

const start = event(127, 'Start: binlog v 4, server v 9.7.4-2 created 261121 17:57:26 at startup');

function namesIn(text: string, files = ['bin.000001']): readonly string[] {
  const namer = placeNamer({ server, files });
  const word = (statement: string) =>
    statement.startsWith("SET @@SESSION.GTID_NEXT= 'ANON")
      ? ({ kind: 'names', position: namer.end() } as const)
      : replayWord(statement);
  const transactions = new LogTransactions(word, () => namer.end());
  const splitter = new LogStatements((line) => namer.comment(line));
  for (const statement of splitter.take(`DELIMITER /*!*/;\n${text}`)) transactions.take(statement);
  transactions.finish();
  return transactions.names.map((name) => name.replace(`@${server}/`, ''));
}

describe('transactions without names, as mysqlbinlog prints them', () => {
  it('are named by where their commit ends', () => {
    const text =
      event(100, 'Anonymous_GTID') +
      gtid +
      event(150, 'Query\tthread_id=9') +
      'BEGIN\n/*!*/;\n' +
      event(200, 'Xid = 7') +
      'COMMIT/*!*/;\n';
    expect(namesIn(text)).toEqual(['bin.000001:200']);
  });

  it('are named by where a statement by itself ends, though more is read before that is known', () => {
    const text =
      gtid +
      event(300, 'Query') +
      'create table app.u (a int)\n/*!*/;\n' +
      event(400, 'Anonymous_GTID') +
      gtid;
    expect(namesIn(text)).toEqual(['bin.000001:300']);
  });

  it('go on in the next file', () => {
    const text = `${event(1507, 'Rotate to bin.000002  pos: 4') + gtid + event(235, 'Query')}drop table app.u\n/*!*/;\n`;
    expect(namesIn(text)).toEqual(['bin.000002:235']);
  });

  it('go on in the next file also where the one before ended with the server, by a shutdown or a crash', () => {
    const made = (end: number) => `${gtid + event(end, 'Query')}drop table app.u\n/*!*/;\n`;
    const added = "SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */ /*!*/;\n";
    const shutDown = start + made(539) + event(562, 'Stop') + added;
    const crashed = start + made(235) + added;
    const rotated = start + made(236) + event(466, 'Rotate to bin.000004  pos: 4') + added;
    const files = ['bin.000001', 'bin.000002', 'bin.000003', 'bin.000004'];
    expect(namesIn(shutDown + crashed + rotated + start + made(237), files)).toEqual([
      'bin.000001:539',
      'bin.000002:235',
      'bin.000003:236',
      'bin.000004:237',
    ]);
  });

  it('are not named where a file begins that is not known', () => {
    expect(() => namesIn(start + start)).toThrow('not known');
  });

  it('are not named by what only looks like the tool’s own comment', () => {
    const text =
      gtid +
      event(150, 'Query') +
      'BEGIN\n/*!*/;\n' +
      event(200, 'Query') +
      `insert into app.t values ('\n${event(9, 'Xid = 1')}')\n/*!*/;\n` +
      event(250, 'Xid = 7') +
      'COMMIT/*!*/;\n';
    expect(namesIn(text)).toEqual(['bin.000001:250']);
  });
});

const mark = (at: string): string => `SET @dauphin_place = '@${server}/${at}'`;

async function notedIn(...statements: readonly string[]): Promise<readonly string[]> {
  async function* all(): AsyncGenerator<string> {
    yield* statements;
  }
  const notes = noted(all(), replayWord, (reached) => `note ${reached.split('/')[1]}`);
  const found: string[] = [];
  for await (const each of notes) found.push(each.startsWith('SET @dauphin') ? 'mark' : each);
  return found;
}

describe('a replay that notes how far it came', () => {
  it('does so within each transaction', async () => {
    const two = [mark('bin.1:200'), 'BEGIN', 'work', 'COMMIT', mark('bin.1:300'), 'BEGIN', 'more', 'COMMIT'];
    expect(await notedIn(...two)).toEqual(
      ['mark', 'BEGIN', 'work', 'note bin.1:200', 'COMMIT'].concat([
        'mark',
        'BEGIN',
        'more',
        'note bin.1:300',
        'COMMIT',
      ]),
    );
  });

  it('does so after what is a transaction by itself', async () => {
    const made = [mark('bin.1:200'), 'SET TIMESTAMP=1', 'create table app.t (id int)'];
    expect(await notedIn(...made)).toEqual([
      'mark',
      'SET TIMESTAMP=1',
      'create table app.t (id int)',
      'note bin.1:200',
    ]);
  });

  it('does so after one that makes a table and fills it, where nothing else may stand', async () => {
    const create = 'CREATE TABLE `app`.`c` (\n  `id` int NOT NULL\n) ENGINE=InnoDB START TRANSACTION';
    const after = [create, 'work', 'COMMIT'];
    const told = [mark('bin.1:200'), 'BEGIN', ...after, mark('bin.1:300'), ...after];
    expect(await notedIn(...told, mark('bin.1:400'), 'BEGIN', 'work', 'COMMIT')).toEqual([
      ...['mark', 'BEGIN', ...after, 'note bin.1:200'],
      ...['mark', ...after, 'note bin.1:300'],
      ...['mark', 'BEGIN', 'work', 'note bin.1:400', 'COMMIT'],
    ]);
  });

  it('does so before XA is closed, and after its commit', async () => {
    const xa = [mark('bin.1:200'), "XA START X'78'", 'work', "XA END X'78'", "XA PREPARE X'78'"];
    expect(await notedIn(...xa, mark('bin.1:300'), "XA COMMIT X'78'")).toEqual([
      'mark',
      "XA START X'78'",
      'work',
      'note bin.1:200',
      "XA END X'78'",
      "XA PREPARE X'78'",
      'mark',
      "XA COMMIT X'78'",
      'note bin.1:300',
    ]);
  });
});
