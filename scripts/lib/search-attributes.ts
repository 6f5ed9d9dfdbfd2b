import { searchAttributes } from '#workflows/names.ts';

const typeNames: Record<string, string> = { KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime', BOOL: 'Bool' };

/** The custom search attributes as the Temporal CLI wants them, `Name=Type`. */
export const customSearchAttributes: readonly string[] = Object.values(searchAttributes).map(({ name, type }) => {
  const typeName = typeNames[type];
  if (!typeName) throw new Error(`search attribute ${name} is of a type that the server is not told about: ${type}`);
  return `${name}=${typeName}`;
});
