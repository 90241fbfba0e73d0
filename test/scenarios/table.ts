/** The table of MHA's tests: a key, a number, and something long. */
export const TABLE = 'app.t1';

export const createTable = `
  create table ${TABLE} (id int not null primary key, value int not null, value2 longblob) engine=InnoDB;
  insert into ${TABLE} values (1, 100, 'a')`;

export const firstFreeId = 2;
/** The rows that are written to a new primary; as MHA has them. */
export const proofId = 10_000_003;
