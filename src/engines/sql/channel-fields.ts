/** The parts of a replica's status that MySQL and MariaDB name alike. */
import type { ReplicationError, TlsSettings } from '../../core/observation.ts';
import { filled, number, type Row, text, truth } from './rows.ts';

export function replicationError(row: Row, thread: 'IO' | 'SQL'): ReplicationError | undefined {
  const code = number(row, `Last_${thread}_Errno`) ?? 0;
  return code === 0 ? undefined : { code, message: text(row, `Last_${thread}_Error`) ?? '' };
}

/** `prefix` is `Master` or `Source`. */
export function tlsOf(row: Row, prefix: 'Master' | 'Source'): TlsSettings {
  const caFile = filled(row, `${prefix}_SSL_CA_File`);
  const certificateFile = filled(row, `${prefix}_SSL_Cert`);
  const keyFile = filled(row, `${prefix}_SSL_Key`);
  return {
    enabled: truth(row, `${prefix}_SSL_Allowed`),
    verifyServer: truth(row, `${prefix}_SSL_Verify_Server_Cert`),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

/** `Replicate_Do_DB: a,b`, sorted; two replicas filter alike when these are alike. */
export function filtersOf(row: Row, columns: readonly string[]): readonly string[] {
  return columns
    .flatMap((column) => {
      const value = filled(row, column);
      return value === undefined ? [] : [`${column}: ${value}`];
    })
    .sort();
}
