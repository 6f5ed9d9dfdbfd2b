import { guestSheet } from '#domain/shapes/call-sheets.ts';
import { answerAsGuest, readAsGuest } from '#lib/server/call-sheets/guest.ts';
import { answersOf, guestCookie } from '#lib/server/pages/guest-answers.ts';
import { loaded, submitted } from '#lib/server/pages/page.ts';
import { guestAnswers } from '#lib/server/schemas/call-sheet-inputs.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

const guestOf = ({
  params,
  cookies,
  getClientAddress,
}: Pick<RequestEvent, 'params' | 'cookies' | 'getClientAddress'>) => ({
  token: params.token,
  clientAddress: getClientAddress(),
  secret: cookies.get(guestCookie) ?? null,
});

/** It lasts as long as the link, whose end moves with the rentals: so it is given anew at each visit. */
function keepGuest(event: Pick<RequestEvent, 'params' | 'cookies' | 'url'>, secret: string, expires: Date): void {
  const path = `/call/${event.params.token}`;
  event.cookies.set(guestCookie, secret, { path, secure: event.url.protocol === 'https:', sameSite: 'lax', expires });
}

export const load: PageServerLoad = async (event) => {
  const { services, user } = event.locals;
  const reader = { userAgent: event.request.headers.get('user-agent'), userId: user?.id ?? null };
  const guest = guestOf(event);
  const found = await loaded(readAsGuest(services, guest, reader));
  if (guest.secret !== null && found.myName !== null) keepGuest(event, guest.secret, new Date(found.expiresAt));
  return { sheet: guestSheet.parse(found), deskPhone: services.config.DESK_PHONE };
};

export const actions: Actions = {
  default: async (event) => {
    const given = answersOf(await event.request.formData());
    let missed = 0;
    const refused = await submitted('answer', { name: given.name }, async () => {
      const answered = await answerAsGuest(event.locals.services, guestOf(event), guestAnswers.parse(given));
      missed = answered.missed;
      keepGuest(event, answered.secret, answered.expiresAt);
    });
    return refused ?? { done: 'answer', missed };
  },
};
