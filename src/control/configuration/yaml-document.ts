/** The file's text as a document, and the line on which each of its keys stands. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Problem } from './problems.ts';

export interface YamlDocument {
  /** What the text says; an empty file says nothing about any key. */
  readonly value: unknown;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  /** 1 for the first; of the nearest thing around it when there is nothing at the path itself. */
  lineOf(problem: Problem): number;
}

export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errors = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: error.message,
  }));
  return {
    value: errors.length > 0 ? undefined : (document.toJS() ?? {}),
    errors,
    lineOf: ({ path, atKey }) => {
      const offset = offsetOf(document, path, atKey === true);
      return offset === undefined ? 1 : lines.linePos(offset).line;
    },
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[], atKey: boolean): number | undefined {
  if (path.length === 0) return undefined;
  const parent = document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    // A list or keys begin on the line after their own key; a wrong value is shown where its key stands.
    if (isNode(pair?.key)) return pair.key.range?.[0];
  }
  const node = atKey ? undefined : document.getIn(path, true);
  return (isNode(node) ? node.range?.[0] : undefined) ?? offsetOf(document, path.slice(0, -1), false);
}
