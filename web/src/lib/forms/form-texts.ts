/** The texts that a form holds now, by the names of its fields; files are left out. */
export function formTexts(form: HTMLFormElement): Record<string, string> {
  const texts = [...new FormData(form)].filter((field): field is [string, string] => typeof field[1] === 'string');
  return Object.fromEntries(texts.map(([name, value]) => [name, value.trim()]));
}
