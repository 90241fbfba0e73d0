/** A finding under the server it is about, or under the headline. */
import type { Finding } from '../finding.ts';
import type { Severity } from '../severity.ts';
import { type Span, type Style, span, textWidth } from './span.ts';
import { wrap } from './wrap.ts';

export const severityStyles: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  warning: 'yellow',
  notice: 'cyan',
};

/** Different in shape, so that they are told apart without colour. */
const signs: Readonly<Record<Severity, string>> = { critical: '✗', warning: '▲', notice: '•' };

export function findingLines(finding: Finding, beneath: string, width: number): readonly (readonly Span[])[] {
  const { code, severity, downtimed } = finding;
  const style = downtimed ? 'dim' : severityStyles[severity];
  const summary = span(`${finding.summary}${remarks(finding)}`).text;
  const [first = '', ...rest] = wrap(`${code}: ${summary}`, width - textWidth(beneath) - 2);
  return [
    [
      span(beneath, 'dim'),
      span(`${signs[severity]} ${first.slice(0, code.length)}`, style),
      span(first.slice(code.length)),
    ],
    ...rest.map((line) => [span(beneath, 'dim'), span(`  ${line}`)]),
  ];
}

/** ` (after dead-primary; in downtime)`: what to handle first, and that nobody is called. */
export function remarks({ after = [], downtimed }: Finding): string {
  const remarks = [
    ...(after.length === 0 ? [] : [`after ${after.join(', ')}`]),
    ...(downtimed ? ['in downtime'] : []),
  ];
  return remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
}
