/** What the portal showed when syncs failed, masked, for those who mend it. */
import type { z } from 'zod';
import * as queries from '#db/queries/failure-pages.ts';
import { noteDeed } from '../audit/audit.ts';
import type { Session } from '../auth/session.ts';
import { notFound } from '../errors.ts';
import type { failurePageList } from '../schemas/operate-inputs.ts';
import type { Services } from '../services.ts';

/** Newest first. Throws `BadCursorError`. */
export function listFailurePages({ orm }: Services, list: z.output<typeof failurePageList>) {
  return queries.listFailurePages(orm.em.fork(), list);
}

/** As text, since whoever opens it must not run it. Throws `not_found`. */
export async function readFailureHtml(
  services: Services,
  session: Session,
  id: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new TextEncoder().encode((await lookAt(services, session, id)).html);
}

/** As PNG. Throws `not_found`, also where no picture was kept. */
export async function readFailurePicture(
  services: Services,
  session: Session,
  id: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { picture } = await lookAt(services, session, id);
  if (!picture) throw notFound('picture', id);
  return Uint8Array.from(picture);
}

async function lookAt(services: Services, session: Session, id: string) {
  const page = await queries.readFailurePage(services.orm.em.fork(), id);
  if (!page) throw notFound('page', id);
  await noteDeed(services, session, { action: 'failure.page', subjectId: page.userId });
  return page;
}
