/** The lines of the tree: what stands to the left of each server and of what is said beneath it. */
import type { Node, Topology } from '../topology.ts';

export interface Branch {
  readonly node: Node;
  /** `│  ├─ ` */
  readonly lead: string;
  /** `│  │  `: for lines beneath, so that the tree goes on past them. */
  readonly beneath: string;
}

/** Every server once, even of a topology that came damaged from elsewhere. Members of a ring stand at the edge. */
export function branches(topology: Topology): readonly Branch[] {
  const ids = new Set(topology.nodes.map((node) => node.id));
  const isTop = (node: Node): boolean =>
    node.role === 'co-primary' || node.source === undefined || !ids.has(node.source);
  const drawn = new Set<Node>();
  const lines: Branch[] = [];
  const draw = (node: Node, lead: string, indent: string): void => {
    if (drawn.has(node)) return;
    drawn.add(node);
    const below = topology.nodes.filter((other) => other.source === node.id && !isTop(other));
    lines.push({ node, lead, beneath: `${indent}${below.length > 0 ? '│  ' : '   '}` });
    for (const [index, child] of below.entries()) {
      const isLast = index === below.length - 1;
      draw(child, `${indent}${isLast ? '└─ ' : '├─ '}`, `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  for (const node of topology.nodes.filter(isTop)) draw(node, '', '');
  for (const node of topology.nodes) draw(node, '', '');
  return lines;
}
