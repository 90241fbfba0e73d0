/** Three servers, up and down in every order; each order ends with all of them up and equal. */
import { describe, expect, it } from 'vitest';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { orders, playOrder } from './up-down.ts';

describe('mariadb', () => {
  it('there are so many orders', () => expect(orders(3).length).toBe(12));
  it.each(orders(3))('%s', (order) => playOrder(order, 'mariadb'));
});

describe.skipIf(mysqlUnavailable() !== undefined)('mysql', () => {
  it.each(['MMR', 'SMR', 'MRM'])('%s', (order) => playOrder(order, 'mysql'));
});
