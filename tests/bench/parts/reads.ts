/** Status, history and 50 bookings by REST against the read floor. */
import type { Bench } from '../bench.ts';
import type { PartResult } from '../figures.ts';
import { compareLoad } from '../measure/compare-load.ts';

const reads = [
  { id: 'status', title: 'Status', path: '/user/sync/status' },
  { id: 'history', title: 'History of 10', path: '/user/sync/history?limit=10' },
  { id: 'bookings', title: '50 bookings', path: '/user/bookings?limit=50' },
];

export async function reading(bench: Bench): Promise<PartResult> {
  const { token } = await bench.reader(137);
  const headers = { authorization: `Bearer ${token}` };
  const result: PartResult = { figures: [] };
  for (const { id, title, path } of reads) {
    const figures = await compareLoad(bench, {
      id,
      part: 'reads',
      title,
      ours: { url: `${bench.stack.url}/api/v1${path}`, headers, status: 200 },
      floor: {
        name: 'read floor',
        pid: bench.readFloor.pid,
        url: `${bench.readFloor.url}/${id}`,
        headers,
        status: 200,
      },
      goals: { requests: { ratio: 0.5 }, p99: { ratio: 3 } },
    });
    result.figures.push(...figures);
  }
  return result;
}
