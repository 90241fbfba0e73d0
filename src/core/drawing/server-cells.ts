/** A server's row, cell by cell. What was seen of a silent server is old: its mode gets a question mark, its lag none. */
import type { Finding } from '../finding.ts';
import { formatAddress } from '../identity.ts';
import type { PositionGap } from '../positions.ts';
import { type Node, standsAside } from '../topology.ts';
import type { Branch } from './branches.ts';
import { duration } from './duration.ts';
import { numbers } from './headline.ts';
import { type Span, span } from './span.ts';

/** In the order of the columns; `version` only where servers differ in it. */
export interface ServerCells {
  readonly name: readonly Span[];
  readonly address: readonly Span[];
  readonly role: readonly Span[];
  readonly mode: readonly Span[];
  readonly version: readonly Span[];
  readonly lag: readonly Span[];
  readonly gap: readonly Span[];
}

export function serverCells(branch: Branch, findings: readonly Finding[], showVersion: boolean): ServerCells {
  const { node, lead } = branch;
  const address = formatAddress(node.address);
  return {
    name: [span(lead, 'dim'), name(node)],
    address: node.name.includes(address) ? [] : [span(address, 'dim')],
    role: [span(standsAside(node) ? 'replaced' : node.role)],
    mode: [mode(node)],
    version: showVersion && node.seen !== undefined ? [span(numbers(node.seen.version))] : [],
    lag: lag(node, findings),
    gap: gap(node),
  };
}

function name(node: Node): Span {
  if (!node.reachable) return span(node.name, 'red');
  const leads = (node.role === 'primary' || node.role === 'co-primary') && !standsAside(node);
  return leads ? span(node.name, 'bold') : span(node.name);
}

function mode(node: Node): Span {
  if (node.seen === undefined) return span('?', 'dim');
  const isWritable = node.seen.writeMode === 'writable';
  const text = isWritable ? 'rw' : 'ro';
  if (!node.reachable) return span(`${text}?`, 'dim');
  const isExpected =
    node.role === 'co-primary' || isWritable === (node.role === 'primary' && !standsAside(node));
  return isExpected ? span(text) : span(text, 'yellow');
}

function lag(node: Node, findings: readonly Finding[]): readonly Span[] {
  if (!node.reachable || node.channel === undefined) return [];
  const seconds = node.channel.lagSeconds;
  if (seconds === null) return [span('?', 'yellow')];
  const isLate = findings.some((finding) => finding.code === 'replica-lagging');
  return [isLate ? span(duration(seconds), 'yellow') : span(duration(seconds))];
}

const unitOf = ({ unit }: PositionGap): string => (unit === 'bytes' ? 'B' : 'trx');

/** `−12 trx`, `−212 B`: it lacks them; `+3 trx`: it has them though the primary never had. */
function gap(node: Node): readonly Span[] {
  if (!node.reachable) return [];
  const { behind, errant } = node;
  const surplus = errant === undefined ? [] : [span(`+${errant.count} ${unitOf(errant)}`, 'red')];
  if (behind === undefined) return surplus;
  if (behind.text === '') return surplus.length > 0 ? surplus : [span('in step', 'dim')];
  const lacks = span(`−${behind.count} ${unitOf(behind)}`);
  return surplus.length > 0 ? [lacks, span(' '), ...surplus] : [lacks];
}
