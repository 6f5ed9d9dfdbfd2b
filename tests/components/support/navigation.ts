/** Stands in for `$app/navigation`, for pages whose data a test gives itself. */
export const [invalidate, invalidateAll, goto] = [async () => {}, async () => {}, async () => {}];
