/**
 * Reads the tables of switchover rules off their source: they are not exported, and a page is no reason to open them.
 * A row is an object that has `code`, `holds` and `because`, each plain text.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface RuleRow {
  readonly code: string;
  /** What is true where the rule refuses nothing. */
  readonly holds: string;
  readonly because: string;
}

const folder = fileURLToPath(new URL('../../src/core/switchover', import.meta.url));

/** In the order of the source. Throws when there is none: then the tables have changed their form. */
export function readRuleTable(file: string): readonly RuleRow[] {
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  const rows: RuleRow[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) rows.push(...rowOf(node));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  if (rows.length === 0) throw new Error(`${file} has no rows with code, holds and because`);
  return rows;
}

function rowOf(node: ts.ObjectLiteralExpression): readonly RuleRow[] {
  const fields = new Map(node.properties.flatMap(fieldOf));
  const [code, holds, because] = ['code', 'holds', 'because'].map((name) => fields.get(name));
  if (code === undefined || holds === undefined || because === undefined) return [];
  return [{ code, holds, because }];
}

function fieldOf(property: ts.ObjectLiteralElementLike): readonly (readonly [string, string])[] {
  if (!ts.isPropertyAssignment(property) || !ts.isStringLiteralLike(property.initializer)) return [];
  return [[property.name.getText(), property.initializer.text]];
}
