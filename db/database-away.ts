/** Codes of Node and of PostgreSQL that mean: the database cannot be reached, it starts or it ends. */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
]);

/** True for an error whose cause, however deep, is a database that is away for now. */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && awayCodes.has(code)) return true;
  return (
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message) ||
    isDatabaseAway(error.cause, depth + 1)
  );
}
