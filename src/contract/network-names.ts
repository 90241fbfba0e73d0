/** How addresses with their network, and interfaces, are written. What fits can be no option of a program. */
import { z } from 'zod';

const part = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const form = new RegExp(`^(?:${part}\\.){3}${part}/(?:[89]|[12]\\d|3[0-2])$`);

export const ipv4WithPrefix = z
  .string()
  .regex(form, 'must be an IPv4 address with the length of its prefix, as 10.0.0.50/24');

/** The kernel takes 15 characters. */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.@:-]{0,14}$/, 'must be the name of a network interface, as eth0');
