import type { Severity } from '../core/severity.ts';
import type { Paint, Palette } from './palette.ts';

export function severityPaint(severity: Severity, palette: Palette): Paint {
  return { critical: palette.bad, warning: palette.caution, notice: palette.faint }[severity];
}
