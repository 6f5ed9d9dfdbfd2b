/** The form of a call sheet: for each rental an answer, a comment, and the time and place that the guest saw. */

/** Says which guest a browser is, on this one sheet. */
export const guestCookie = 'gibney-sync.guest';

/** `none` takes an answer back. Rentals without a choice are left out. */
export function answersOf(form: FormData) {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const chosen = [...form.keys()].filter((name) => name.startsWith('answer:'));
  return {
    name: text('name'),
    answers: chosen.map((name) => {
      const bookingId = name.slice('answer:'.length);
      const answer = text(name);
      const [comment, seen] = [text(`comment:${bookingId}`), text(`seen:${bookingId}`)];
      return { bookingId, answer: answer === 'none' ? null : answer, comment, seen };
    }),
  };
}
