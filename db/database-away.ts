/** What Node and PostgreSQL say where the database cannot be reached, begins, ends or only reads, for now. */
const awayCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPIPE|ENOENT|08...|57P0[1-5]|53300|25006|25P03|25P04)$/;

/** What `pg` and its pool say of connections that are gone: they have no codes. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (was closed|has encountered a connection error) and is not queryable|Cannot use a pool after calling end)/;

/** True for an error whose cause, however deep, is a database that is away for now. */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  const { code } = error as NodeJS.ErrnoException;
  if ((code !== undefined && awayCodes.test(code)) || awayMessages.test(error.message)) return true;
  // Where a name has several addresses, each has an error of its own.
  const causes = [error.cause, ...(error instanceof AggregateError ? (error.errors as unknown[]) : [])];
  return causes.some((cause) => isDatabaseAway(cause, depth + 1));
}
