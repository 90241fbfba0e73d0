import { sqliteFixture } from './sqlite-fixture.ts';
import { storeConformance } from './store-conformance.ts';
import { commit, put } from './store-under-test.ts';

storeConformance('the SQLite store', async () => {
  const fixture = await sqliteFixture();
  const { store, clock } = fixture;
  return {
    store,
    advance: (ms) => clock.advance(ms),
    stall: async (ms) => clock.stall(ms),
    forgetHistory: async () => {
      for (let n = 0; n < 1600; n += 1) await commit(store, put('~filler', `${n}`));
    },
    dispose: async () => fixture[Symbol.asyncDispose](),
  };
});
