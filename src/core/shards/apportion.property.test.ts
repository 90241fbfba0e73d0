import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from './apportion.ts';

test('the parts add up, and none is further than one from its exact share', () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 20 })
    .filter((some) => some.some((weight) => weight > 0));
  fc.assert(
    fc.property(fc.nat({ max: 16_384 }), weights, (total, some) => {
      const parts = apportion(total, some);
      const sum = some.reduce((a, b) => a + b, 0);
      expect(parts.reduce((a, b) => a + b, 0)).toBe(total);
      for (const [at, part] of parts.entries()) {
        expect(Math.abs(part - (total * (some[at] ?? 0)) / sum)).toBeLessThan(1);
        expect(some[at] === 0 && part > 0).toBe(false);
      }
    }),
  );
});
