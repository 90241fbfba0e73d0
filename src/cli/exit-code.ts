/** What scripts learn from a run of `dauphin`; released, so never renumbered. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
