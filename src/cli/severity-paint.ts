import type { Severity } from '../core/finding.ts';
import type { Paint, Palette } from './palette.ts';

export function severityPaint(severity: Severity, palette: Palette): Paint {
  return { critical: palette.bad, warning: palette.caution, notice: palette.faint }[severity];
}
