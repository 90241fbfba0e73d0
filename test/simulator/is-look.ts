/** Statements that change nothing; to have receivers connect anew is a way of asking. */
export function isLook(sql: string): boolean {
  return /^(STOP_RECEIVER; START_RECEIVER|PULSE|FLUSH_LOG|VERSION|PROBE|CHANNELS|POSITION|AWAIT|WRITING|DANGEROUS|OPERATION_SESSIONS|CLONE_READY|CLONE_OUTCOME|SELECT)/.test(
    sql,
  );
}
