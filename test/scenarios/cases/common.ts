/** What many scenarios begin with. */
import type { Scenario, Trigger } from '../scenario.ts';

export const mariadb = { engines: ['mariadb'] } as const;
export const onBoth = { engines: ['mariadb', 'mysql'] } as const;

/** MHA's `candidate_master=1` of S1. */
export const preferR1 = { rules: { r1: 'prefer' } } as const satisfies Pick<Scenario, 'rules'>;

export const crash: Trigger = { ask: 'failover', after: 'process' };

/** What a text pipe likes to lose: quotes, comments, line ends, and what is no UTF-8 in the engines' own clients. */
export const binaryText = 'ä€;\'"/*!*/;\r\n\u001a\u0000\\ delimiter //';
/** As MHA's: what looks like the end of a transaction to whoever reads a log as text. */
export const rollbackText = 'ROLLBACK /*!*/;\nROLLBACK';

/** How long a survivor that does not come along is waited for; 30 s by default. */
export const soonGivenUp = { policy: { failover: { followMs: 3000 } } } as const satisfies Pick<
  Scenario,
  'policy'
>;
