/** When a certificate is to be renewed. */
import { X509Certificate } from 'node:crypto';

/** Two thirds through its life: what goes wrong then has weeks to be put right. Milliseconds, 0 when it is time. */
export function msUntilRenewal(pem: string, now: number): number {
  const { validFrom, validTo } = new X509Certificate(pem);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return Math.max(0, from + ((to - from) * 2) / 3 - now);
}
