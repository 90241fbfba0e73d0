/** Finds links in Markdown that lead nowhere, without asking the network. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { root } from './pages.ts';
import { readProjectFile, type SourceFile } from './source-files.ts';

/** Each as `file: link: what is wrong`. */
export function brokenLinks(file: SourceFile): readonly string[] {
  return linksOf(file.text)
    .filter((link) => !/^[a-z]+:/i.test(link))
    .flatMap((link) => {
      const problem = problemOf(link, file);
      return problem === undefined ? [] : [`${file.path}: ${link}: ${problem}`];
    });
}

function problemOf(link: string, file: SourceFile): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file.path : join(dirname(file.path), path);
  if (target.startsWith('..')) return 'leads out of the project';
  if (!existsSync(`${root}/${target}`)) return 'no such file';
  if (anchor === undefined) return undefined;
  if (!target.endsWith('.md')) return 'only a page has headings';
  const { text } = target === file.path ? file : readProjectFile(target);
  return anchorsOf(text).has(anchor) ? undefined : 'no such heading';
}

/** `[text](link)`, `![text](link)` and `<img src="link">`; code is left out. */
function linksOf(markdown: string): readonly string[] {
  const text = withoutCode(markdown);
  const inline = [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g)];
  const images = [...text.matchAll(/<(?:img|a)\s[^>]*?(?:src|href)="([^"]+)"/g)];
  return [...inline, ...images].map((match) => match[1] ?? '');
}

/** A heading's anchor as GitHub makes it; the second of the same name gets a number. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const base = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = base;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${base}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

const withoutFences = (markdown: string): string => markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '');

function withoutCode(markdown: string): string {
  // Code within a link's text stays: only what a link consists of matters here.
  return withoutFences(markdown).replaceAll(/`[^`\n]*\]\([^`\n]*`/g, '');
}
