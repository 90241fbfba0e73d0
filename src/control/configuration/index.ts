export type { Configuration } from './configuration.ts';
export { loadConfiguration } from './load-configuration.ts';
export { parseConfiguration } from './parse-configuration.ts';
