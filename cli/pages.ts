/** Lists that come in pages, up to as many as are wanted. */
export async function* pagesOf<Row>(
  most: number,
  read: (limit: number, cursor: string | undefined) => Promise<{ rows: Row[]; next: string | null }>,
): AsyncGenerator<Row, void, undefined> {
  let cursor: string | undefined;
  for (let left = most; left > 0;) {
    const { rows, next } = await read(Math.min(left, 100), cursor);
    yield* rows;
    left -= rows.length;
    if (next === null || rows.length === 0) return;
    cursor = next;
  }
}

export async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
