export { createRestApi } from './create-rest-api.ts';
export { readOrMakeToken } from './token.ts';
