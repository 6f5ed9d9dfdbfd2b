/** On which day a week begins: as the visitor chose, else as where their language is spoken. */

export const weekStartCookie = 'week-start';

/** 0 is Sunday, as in `Date`. */
export const weekStarts = [
  { day: 0, label: 'Sunday' },
  { day: 1, label: 'Monday' },
  { day: 6, label: 'Saturday' },
] as const;

export type WeekStart = (typeof weekStarts)[number]['day'];

/** `chosen` is the cookie, `languages` what the browser accepts; Sunday where neither says. */
export function weekStartOf(chosen: string | null | undefined, languages: string | null): WeekStart {
  const found = weekStarts.find(({ day }) => String(day) === chosen);
  return found ? found.day : ofLanguage(/^[a-z0-9-]+/i.exec(languages ?? '')?.[0] ?? 'en-US');
}

/** Not every browser has it, nor every version of TypeScript. */
interface WithWeekInfo {
  getWeekInfo?(): { firstDay: number };
}

function ofLanguage(language: string): WeekStart {
  try {
    const locale = new Intl.Locale(language) as object as WithWeekInfo;
    // There 7 is Sunday.
    const first = (locale.getWeekInfo?.().firstDay ?? 7) % 7;
    return weekStarts.find(({ day }) => day === first)?.day ?? 0;
  } catch {
    // Not the name of a language.
    return 0;
  }
}
