/** What Node and PostgreSQL say where the database cannot be reached, begins, ends or only reads, for now. */
const awayCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPIPE|ENOENT|08...|57P0[1-5]|53300|25006|25P03|25P04)$/;

/** What `pg` and its pool say of connections that are gone: they have no codes. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (was closed|has encountered a connection error) and is not queryable|Cannot use a pool after calling end)/;

/** What the pool says where all of its connections are in use, and what a server says that has none left. */
const busyMessage = /^timeout exceeded when trying to connect/;
const busyCode = '53300';

/** Work was not begun, or given up, since the database is known to be away. */
export class DatabaseAwayError extends Error {
  override name = 'DatabaseAwayError';
  constructor() {
    super('the database does not answer this process');
  }
}

/** True for an error whose cause, however deep, is a database that is away for now, or has no connection free. */
export function isDatabaseAway(error: unknown): boolean {
  return anyCause(
    error,
    (cause) =>
      cause instanceof DatabaseAwayError ||
      (cause.code !== undefined && awayCodes.test(cause.code)) ||
      awayMessages.test(cause.message),
  );
}

/** True where it answers others, and whoever asks has only to wait. */
export function isDatabaseBusy(error: unknown): boolean {
  return anyCause(error, ({ code, message }) => code === busyCode || busyMessage.test(message));
}

/** A deadlock that this transaction was chosen to end, or a row that another changed under a snapshot. */
const crossingCodes = new Set(['40P01', '40001']);

/** True where the same may go well if it is begun again. */
export function isCrossing(error: unknown): boolean {
  return anyCause(error, ({ code }) => code !== undefined && crossingCodes.has(code));
}

function anyCause(error: unknown, fits: (cause: NodeJS.ErrnoException) => boolean, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (fits(error)) return true;
  // Where a name has several addresses, each has an error of its own.
  const causes = [error.cause, ...(error instanceof AggregateError ? (error.errors as unknown[]) : [])];
  return causes.some((cause) => anyCause(cause, fits, depth + 1));
}
