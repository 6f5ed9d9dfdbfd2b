/** A person who connects a calendar at the stand-in for Google. */
import { sessionCookie } from '#lib/server/auth/sessions.ts';

/** As a browser that follows the links, and presses Allow. Resolves to the page of ours on which it ends. */
export async function allowGoogle(url: string, token: string): Promise<string> {
  const cookie = `${sessionCookie}=${encodeURIComponent(token)}`;
  const asked = await fetch(`${url}/calendar/google/start`, { headers: { cookie }, redirect: 'manual' });
  const kept = asked.headers.getSetCookie().map((one) => one.split(';')[0]);
  const page = await (await fetch(asked.headers.get('location')!)).text();
  const back = /href="([^"]*)">Allow</.exec(page)![1]!.replaceAll('&amp;', '&');
  const answer = await fetch(back, { headers: { cookie: [cookie, ...kept].join('; ') }, redirect: 'manual' });
  return answer.headers.get('location')!;
}
