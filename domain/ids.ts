/** The form of ids, wherever they come from. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the database would take it as an id. Anything else from outside is simply not found. */
export function isUuid(value: unknown): boolean {
  return typeof value === 'string' && uuid.test(value);
}
