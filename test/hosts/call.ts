/** A call of a test. */
export { call } from '../kit/call.ts';
