/** Where things lie. Everything made here stays in the project's folder and is ignored by git. */
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
export const nodeModules = `${root}/node_modules`;
/** Node 24, whatever the machine's own Node is. */
export const nodeBinary = `${nodeModules}/.bin/node`;
export const cache = `${root}/.cache`;
export const engines = `${cache}/engines`;
