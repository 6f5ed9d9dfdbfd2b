/** Stands in for `$app/navigation`, for pages whose data a test gives itself. */

/** What was to be read again. */
export const asked: string[] = [];

export const invalidate = async (what: string) => void asked.push(what);
export const invalidateAll = async () => void asked.push('all');
export const goto = async () => {};
