import { describe, expect, test } from 'vitest';
import { type FaultCode, faultKinds } from '../../src/contract/errors.ts';
import { errorsPage } from './errors-page.ts';
import { filesUnder, readProjectFile } from './source-files.ts';

/** An answer with a fault's shape and code: a refused request is an outcome and is not thrown. */
const answered: Partial<Readonly<Record<FaultCode, string>>> = {
  refused: 'src/api/rest/error-replies.ts',
};

/** Where the code is the outcome of a table or a condition, and the fault is made of it. */
const chosen: Partial<Readonly<Record<FaultCode, string>>> = {
  'access-denied': 'src/engines/sql/driver-errors.ts',
  'statement-failed': 'src/engines/sql/driver-errors.ts',
};

const sources = filesUnder(
  'src',
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('src/simulator/'),
);

function isThrown(code: FaultCode): boolean {
  const made = new RegExp(`new Fault\\(\\s*'${code}'`);
  return sources.some(({ text }) => made.test(text));
}

function isChosen(code: FaultCode): boolean {
  const elsewhere = answered[code] ?? chosen[code];
  if (elsewhere === undefined) return false;
  return new RegExp(`(code: |return |[?:] )'${code}'`).test(readProjectFile(elsewhere).text);
}

describe('every fault code', () => {
  test.each(Object.keys(faultKinds) as FaultCode[])('%s is documented and is thrown somewhere', (code) => {
    expect(errorsPage()).toContain(`| \`${code}\` |`);
    expect(isThrown(code) || isChosen(code)).toBe(true);
  });
});
