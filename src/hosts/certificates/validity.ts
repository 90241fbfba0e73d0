/** When a certificate was made, when it is to be renewed, and when it is over. */
import { X509Certificate } from 'node:crypto';

/** Clocks of hosts differ: a certificate counts from this long before it was made. */
export const toleranceMs = 60 * 60 * 1000;

/** Epoch milliseconds, to the second. */
export const issuedAt = ({ validFrom }: X509Certificate): number => Date.parse(validFrom) + toleranceMs;

/** Two thirds through its life: what goes wrong then has weeks to be put right. Milliseconds, 0 when it is time. */
export function msUntilRenewal(pem: string, now: number): number {
  const { validFrom, validTo } = new X509Certificate(pem);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return Math.max(0, from + ((to - from) * 2) / 3 - now);
}
