/** Dashboards by the thousand: streams of the status, each of another user, held open by this process. */
import { Agent, request, type ClientRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { affected, sql } from '../../support/sql.ts';
import { subscriptionUrl } from '../../bench/service.ts';
import { newToken, sign } from '#lib/server/auth/tokens.ts';
import type { Person } from '../population.ts';
import type { World } from '../world.ts';

export interface Stream {
  userId: string;
  /** Calls back at each event that names this text. */
  onEvent(take: (text: string) => void): void;
  close(): void;
}

/** Tokens of sessions as a sign-in makes them, without its password hashing. */
export async function makeSessions({ em, authSecret }: World, people: Person[]): Promise<string[]> {
  const tokens = people.map(() => newToken());
  const [ids, hashes] = [people.map(({ id }) => id), tokens.map(({ tokenHash }) => tokenHash)];
  await affected(
    em(),
    sql`insert into auth.sessions (user_id, token_hash, expires_at)
        select id, hash, now() + interval '1 day' from unnest(${ids}::uuid[], ${hashes}::text[]) as t (id, hash)`,
  );
  return tokens.map(({ token }) => sign(authSecret, token));
}

/**
 * Some at a time; each counts once its first event has come. One that is put off comes again, as a dashboard does, and `onPutOff`
 * gets the answer.
 */
export async function openStreams(
  baseUrl: string,
  people: Person[],
  tokens: string[],
  onPutOff: (answer: string) => void = () => undefined,
): Promise<Stream[]> {
  const agent = new Agent({ maxSockets: Infinity });
  const limit = pLimit(20);
  const open = async (userId: string, token: string): Promise<Stream> => {
    for (let tried = 1; ; tried += 1) {
      const opened = await openStream(baseUrl, agent, userId, token);
      if (typeof opened !== 'string') return opened;
      if (tried === mostTries) throw new Error(`a stream was put off ${tried} times, at last with ${opened}`);
      onPutOff(opened);
    }
  };
  return Promise.all(people.map(({ id }, index) => limit(() => open(id, tokens[index]!))));
}

const mostTries = 10;

/** Or what it was answered instead. */
function openStream(baseUrl: string, agent: Agent, userId: string, token: string): Promise<Stream | string> {
  return new Promise((resolve, reject) => {
    const takers: ((text: string) => void)[] = [];
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const asked: ClientRequest = request(subscriptionUrl(baseUrl), { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) {
        text(answer).then((body) => resolve(`${answer.statusCode} ${body.slice(0, 300)}`), reject);
        return;
      }
      answer.on('error', () => undefined); // closed by us, or by the end of the web
      answer.setEncoding('utf8').on('data', (part: string) => {
        if (part.includes('"state"')) resolve(stream);
        for (const take of takers) take(part);
      });
    });
    asked.on('error', reject).end();
    const stream: Stream = {
      userId,
      onEvent: (take) => void takers.push(take),
      close: () => void asked.destroy(),
    };
  });
}
