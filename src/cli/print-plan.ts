/** A plan as a person reads it before it happens. */
import { wrap } from '../core/drawing/wrap.ts';
import type { Plan } from '../core/plan.ts';
import type { Refusal } from '../core/switchover-request.ts';
import { judgementLines } from './judgement-lines.ts';
import { oneLine } from './one-line.ts';
import type { Palette } from './palette.ts';
import { type PlanPhase, planPhases } from './plan-lines.ts';
import { durationText } from './time-text.ts';

export interface PlanPrinting {
  readonly palette: Palette;
  /** What the last hand-overs of this cluster took; undefined when there were none. */
  readonly expectedPauseMs?: number | undefined;
  /** Columns of the terminal: sentences go on beneath. Without it no line is broken. */
  readonly width?: number | undefined;
}

const labelWidth = 12;
const headerWidth = 61;
const phaseWidth = 11;
const narrowestTitle = 23;
const pointOfNoReturn = '   ── point of no return ──';

export function planText(plan: Plan, printing: PlanPrinting): string {
  const phases = planPhases(plan);
  const noted = phases.flatMap(({ lines }) => lines).filter(({ note }) => note !== undefined);
  const titleWidth = Math.max(narrowestTitle, ...noted.map(({ title }) => title.length)) + 3;
  const lines = [
    ...phases.flatMap((phase) => phaseLines(phase, titleWidth, printing.palette)),
    '',
    ...witnessLines(plan, printing),
    ...passedOverLines(plan.passedOver, printing),
    ...warningLines(plan, printing),
    'Nothing was changed. Run it without --dry-run.',
  ];
  return planHeaderText(plan, printing) + lines.map((line) => `${line}\n`).join('');
}

/** Who hands over to whom, and what is promised; ends with an empty line. */
export function planHeaderText(plan: Plan, printing: PlanPrinting): string {
  const roles = plan.title ?? `${plan.from.name} → ${plan.to.name}`;
  const title = `${plan.cluster} · ${plan.engineTitle} · ${roles}`;
  const pause = pauseText(printing.expectedPauseMs);
  const gap = pause === '' ? '' : ' '.repeat(Math.max(3, headerWidth - title.length));
  const lines = [
    printing.palette.strong(title) + gap + pause,
    ...labelled('guarantee', plan.guarantee, printing),
    ...plan.reasons.flatMap((reason, index) =>
      labelled(index === 0 ? `why ${plan.to.name}` : '', reason, printing),
    ),
    '',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Whole milliseconds: it is a guess, and should not look like more. */
function pauseText(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (ms < 1) return 'expected pause below 1 ms';
  return `expected pause about ${ms < 10 ? `${Math.round(ms)} ms` : durationText(ms)}`;
}

/** A label, and beside it a sentence that goes on beneath itself. */
function labelled(
  label: string,
  text: string,
  { width = Number.POSITIVE_INFINITY }: PlanPrinting,
): readonly string[] {
  return wrap(oneLine(text), width - labelWidth).map(
    (line, index) => `${index === 0 ? label : ''} `.padEnd(labelWidth) + line,
  );
}

function phaseLines(phase: PlanPhase, titleWidth: number, palette: Palette): readonly string[] {
  const lines = phase.lines.map(({ title, note }, index) => {
    const number = index === 0 ? String(phase.number) : '';
    const head = `${number.padStart(2)} ${(index === 0 ? phase.phase : '').padEnd(phaseWidth)}`;
    const tail = note === undefined ? '' : palette.faint(oneLine(note));
    return `${head}${oneLine(title).padEnd(titleWidth)}${tail}`.trimEnd();
  });
  return phase.final ? [palette.caution(pointOfNoReturn), ...lines] : lines;
}

/** Of a failover: who saw that the primary is dead. */
function witnessLines({ judgement, from }: Plan, { palette }: PlanPrinting): readonly string[] {
  return judgement === undefined ? [] : [...judgementLines(judgement, from.name, palette), ''];
}

function passedOverLines(passedOver: readonly Refusal[], printing: PlanPrinting): readonly string[] {
  if (passedOver.length === 0) return [];
  const lines = passedOver.flatMap(({ fact, needs }, index) =>
    labelled(index === 0 ? 'passed over' : '', `${fact}; needs ${needs}`, printing),
  );
  return [...lines, ''];
}

/** Ends with an empty line when there are any. */
export function warningLines({ warnings }: Plan, printing: PlanPrinting): readonly string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap((warning) => labelled('warning', warning, printing));
  return [...lines.map(printing.palette.caution), ''];
}
