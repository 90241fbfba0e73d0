/** Where things lie. */
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
/** Made by scripts/prepare and by the kit's templates; kept between runs. */
export const enginesCache = `${projectRoot}/.cache/engines`;
export const runsFolder = `${projectRoot}/.cache/run`;
