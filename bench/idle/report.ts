/** The figures of an idle bench, for people and for machines. */
import type { IdleOptions } from './options.ts';

export interface IdleFigures {
  readonly servers: number;
  readonly seconds: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly rssMiB: number;
  readonly peakRssMiB: number;
  readonly statementsPerServerSecond: number;
  readonly looksPerServerSecond: number;
  readonly connectionsOpened: number;
  /** Undefined where the kernel's counters cannot be read. */
  readonly wire?: {
    readonly roundTripsPerLook: number;
    readonly bytesSentPerLook: number;
    readonly bytesReceivedPerLook: number;
  };
}

export function figureLines(figures: IdleFigures): readonly string[] {
  const { wire } = figures;
  return [
    `  CPU             ${figures.cpuPercent.toFixed(2)} % of a core`,
    `  memory          ${figures.rssMiB.toFixed(0)} MiB, ${figures.peakRssMiB.toFixed(0)} MiB at most`,
    `  a server        ${figures.looksPerServerSecond.toFixed(2)} looks and ` +
      `${figures.statementsPerServerSecond.toFixed(2)} statements a second`,
    wire === undefined
      ? '  a look          round trips not measured: `ss` (package iproute2) shows no counters here'
      : `  a look          ${wire.roundTripsPerLook.toFixed(2)} round trips, ` +
        `${kilobytes(wire.bytesSentPerLook)} out, ${kilobytes(wire.bytesReceivedPerLook)} in`,
    `  connections     ${figures.connectionsOpened} opened while it was measured`,
  ];
}

export function jsonFigures(options: IdleOptions, measured: readonly IdleFigures[]): object {
  return {
    bench: 'idle',
    engine: 'mariadb',
    seconds: options.seconds,
    runs: measured.map((figures) => ({
      servers: figures.servers,
      cpuPercent: rounded(figures.cpuPercent),
      rssMiB: rounded(figures.rssMiB),
      peakRssMiB: rounded(figures.peakRssMiB),
      statementsPerServerSecond: rounded(figures.statementsPerServerSecond),
      looksPerServerSecond: rounded(figures.looksPerServerSecond),
      roundTripsPerLook: figures.wire === undefined ? null : rounded(figures.wire.roundTripsPerLook),
      bytesSentPerLook: figures.wire === undefined ? null : rounded(figures.wire.bytesSentPerLook),
      bytesReceivedPerLook: figures.wire === undefined ? null : rounded(figures.wire.bytesReceivedPerLook),
      connectionsOpened: figures.connectionsOpened,
    })),
  };
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const rounded = (value: number): number => Math.round(value * 100) / 100;
