/** Every file under docs/ that is made and not written. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from '../../src/control/configuration/configuration-page.ts';
import { apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { errorsPage } from './errors-page.ts';
import { failoverPage } from './failover-page.ts';
import { findingsPage } from './findings-page.ts';
import { operationsPage } from './operations-page.ts';
import { refusalsPage } from './refusals-page.ts';
import { terminalPicture } from './terminal-picture.ts';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** By path from the project's folder. */
export const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/api.md': apiPage,
  'docs/reference/cli.md': cliPage,
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/failover.md': failoverPage,
  'docs/reference/findings.md': findingsPage,
  'docs/reference/operations.md': operationsPage,
  'docs/reference/refusals.md': refusalsPage,
  'docs/images/demo.svg': () => terminalPicture(readFileSync(`${root}/docs/images/demo.ansi`, 'utf8')),
};
