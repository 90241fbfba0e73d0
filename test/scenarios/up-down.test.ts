/** Three servers, up and down in every order; each order ends with all of them up and equal. */
import { describe, expect, it } from 'vitest';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { orders, playOrder } from './up-down.ts';

/** Every order of two events; of three, those in which somebody comes back in between. */
const played = [...orders(2), ...orders(3).filter((order) => /R./.test(order))];

describe('mariadb', () => {
  it('there are so many orders', () => expect([orders(2).length, orders(3).length]).toEqual([6, 14]));
  it.each(played)('%s', (order) => playOrder(order, 'mariadb'));
});

describe.skipIf(mysqlUnavailable() !== undefined)('mysql', () => {
  it.each(['MM', 'SM', 'MRM'])('%s', (order) => playOrder(order, 'mysql'));
});
