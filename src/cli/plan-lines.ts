/** A plan's steps by phase, numbered as people read them, with steps that differ only in the server joined. */
import type { Action, Phase, Plan, Step } from '../core/plan.ts';

export interface PlanLine {
  readonly title: string;
  readonly note: string | undefined;
}

export interface PlanPhase {
  readonly number: number;
  readonly phase: Phase;
  readonly lines: readonly PlanLine[];
  /** The point of no return is in this phase. */
  readonly final: boolean;
}

const factsWidth = 38;

/** Phases that have no step are left out and not counted. */
export function planPhases(plan: Plan): readonly PlanPhase[] {
  const byPhase = Map.groupBy(plan.steps, ({ phase }) => phase);
  return [...byPhase].map(([phase, steps], index) => ({
    number: index + 1,
    phase,
    lines: [...(phase === 'check' ? factLines(plan) : []), ...joined(steps)],
    final: steps.some(({ id }) => id === plan.pointOfNoReturn),
  }));
}

/** As many of the facts as a line holds, whole; the API tells all of them. */
function factLines({ facts }: Plan): readonly PlanLine[] {
  if (facts.length === 0) return [];
  const texts = facts.map(({ text }) => text);
  const whole = texts.filter((_, index) => texts.slice(0, index + 1).join(', ').length <= factsWidth);
  const note = whole.length === texts.length ? texts : [...whole, '…'];
  return [
    { title: `${facts.length} fact${facts.length === 1 ? ' holds' : 's hold'}`, note: note.join(', ') },
  ];
}

/** `db3 → under db2` and `db4 → under db2` become `db3, db4 → under db2`; the notes must be the same, too. */
function joined(steps: readonly Step[]): readonly PlanLine[] {
  const groups = Map.groupBy(steps, (step) => {
    const rest = titleWithoutServer(step);
    return rest === undefined ? step.id : JSON.stringify([step.action.verb, rest, step.note]);
  });
  return [...groups.values()].map((group) => {
    const first = group[0] as Step;
    const rest = titleWithoutServer(first);
    const names = group.map(({ action }) => serverName(action));
    return {
      title: group.length === 1 || rest === undefined ? first.title : names.join(', ') + rest,
      note: first.note,
    };
  });
}

function titleWithoutServer({ action, title }: Step): string | undefined {
  const name = serverName(action);
  return name !== undefined && title.startsWith(`${name} `) ? title.slice(name.length) : undefined;
}

function serverName(action: Action): string | undefined {
  return 'server' in action ? action.server.name : undefined;
}
