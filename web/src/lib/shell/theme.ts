/** Which of the two drawings of the page is shown. The choice is a cookie, so that the first HTML is right already. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const themeCookie = 'theme';
export const themeSeconds = 400 * 24 * 60 * 60;

const background = { light: '#f2f6f4', dark: '#0e1420' };

/** Anything that is not a theme is what the system asks for. */
export function themeOf(text: string | null | undefined): Theme {
  return themes.find((theme) => theme === text) ?? 'system';
}

/** Fills the places that `app.html` leaves for the theme. */
export function withTheme(html: string, theme: Theme): string {
  const shown = (system: 'light' | 'dark') => background[theme === 'system' ? system : theme];
  return html
    .replace('%theme%', theme)
    .replace('%color-scheme%', theme === 'system' ? 'light dark' : theme)
    .replace('%background-light%', shown('light'))
    .replace('%background-dark%', shown('dark'));
}

/** Turns the page that is open, and remembers it for the next one. */
export function showTheme(theme: Theme): void {
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=${themeSeconds}; samesite=lax${secure}`;
  document.documentElement.dataset.theme = theme;
  const scheme = document.querySelector<HTMLMetaElement>('meta[name="color-scheme"]');
  if (scheme) scheme.content = theme === 'system' ? 'light dark' : theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
    meta.content = background[theme === 'system' ? (meta.media.includes('dark') ? 'dark' : 'light') : theme];
}
