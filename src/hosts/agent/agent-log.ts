/** What the agent logs with: pino, or anything like it. */
export interface AgentLog {
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  error(fields: object, event: string): void;
}
