/** What a link to a test server is made with; MySQL's certificates are its own. */
import { systemClock } from '../../src/control/system-clock.ts';
import type { EngineContext } from '../../src/core/engine.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { dauphin } from './accounts.ts';

export function linkContext(engine: SqlEngineKind, more: Partial<EngineContext> = {}): EngineContext {
  const tls = engine === 'mysql' ? { tls: { verifyServer: false } } : {};
  return {
    clock: systemClock,
    admin: { ...dauphin, ...tls },
    longTransactionSeconds: 60,
    schema: 'dauphin',
    ...more,
  };
}
