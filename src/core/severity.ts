/** How urgent a finding is. */
export type Severity = 'critical' | 'warning' | 'notice';
