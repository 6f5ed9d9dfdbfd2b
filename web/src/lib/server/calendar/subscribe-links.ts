/** The ways into a calendar app, each one click. */
import { encode } from 'uqr';
import type { CalendarFeedView, QrCode } from '#domain/shapes/calendar.ts';

export function subscribeLinks(url: string, name: string): Pick<CalendarFeedView, 'webcalUrl' | 'subscribe' | 'qr'> {
  const webcalUrl = url.replace(/^https?:/, 'webcal:');
  const outlook = new URLSearchParams({ url, name });
  return {
    webcalUrl,
    subscribe: {
      google: `https://calendar.google.com/calendar/r?${new URLSearchParams({ cid: webcalUrl })}`,
      apple: webcalUrl,
      outlook: `https://outlook.live.com/calendar/0/addfromweb?${outlook}`,
    },
    qr: qrCode(webcalUrl),
  };
}

/** With the quiet zone that readers want. */
export function qrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  return { size, path: data.map(rowPath).join('') };
}

/** One rectangle for each run of dark modules. */
function rowPath(row: boolean[], y: number): string {
  const bits = row.map((dark) => (dark ? '1' : '0')).join('');
  return [...bits.matchAll(/1+/g)]
    .map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
    .join('');
}
