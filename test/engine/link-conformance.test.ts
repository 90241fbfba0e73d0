/** What every engine's link must do, on real servers: one suite, run for each engine. */
import { describe } from 'vitest';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { freezeCases } from './link/freeze-cases.ts';
import { probeCases } from './link/probe-cases.ts';
import { pulseCases } from './link/pulse-cases.ts';
import { receiverCases } from './link/receiver-cases.ts';
import { replicationCases } from './link/replication-cases.ts';
import { tailCases } from './link/tail-cases.ts';
import { troubleCases } from './link/trouble-cases.ts';

const noMysql = mysqlUnavailable();
const underTest = [
  { engine: 'mariadb', title: 'MariaDB', unavailable: undefined },
  { engine: 'mysql', title: 'MySQL', unavailable: noMysql },
] as const;

for (const { engine, title, unavailable } of underTest) {
  const why = unavailable === undefined ? '' : ` (skipped: ${unavailable})`;
  describe.skipIf(unavailable !== undefined)(`a link to ${title}${why}`, () => {
    describe('probe', () => {
      probeCases(engine);
    });
    describe('the writing side', () => {
      freezeCases(engine);
    });
    describe('the following side', () => {
      replicationCases(engine);
    });
    describe('the pulse', () => {
      pulseCases(engine);
    });
    describe('the receiver', () => {
      receiverCases(engine);
    });
    describe("a dead server's log", () => {
      tailCases(engine);
    });
    describe('trouble', () => {
      troubleCases(engine);
    });
  });
}
