/** Why a server was held for dead, as the story of its failover tells it: who saw what, and when. */
import type { Judgement } from '../core/detection/testimony.ts';
import { oneLine } from './one-line.ts';
import type { Palette } from './palette.ts';
import { durationText } from './time-text.ts';

/** One line a witness, with the time from the first sign of trouble. */
export function judgementLines(judgement: Judgement, name: string, palette: Palette): readonly string[] {
  const { because, testimonies, suspectedAt, judgedAt } = judgement;
  const width = Math.max(0, ...testimonies.map(({ witness }) => oneLine(witness).length));
  const since = (at: number): string => `+${durationText(Math.max(0, at - suspectedAt))}`.padStart(9);
  return [
    `${name} was held for dead ${durationText(judgedAt - suspectedAt)} after the first sign: ${oneLine(because)}`,
    ...testimonies.map(
      ({ witness, says, fact, at }) =>
        `  ${palette.faint(since(at))}  ${oneLine(witness).padEnd(width)}  ${says.padEnd(11)}  ${palette.faint(oneLine(fact))}`,
    ),
  ];
}
