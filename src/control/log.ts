/** What the control plane asks of a logger (pino's shape): fields first, then the event's constant name. */
export interface Log {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  /** May heal by itself. */
  warn(fields: object, event: string): void;
  /** Needs a person. */
  error(fields: object, event: string): void;
}
