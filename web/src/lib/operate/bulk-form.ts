/** The form of what is done to many users at once, as texts. */
const names = ['action', 'state', 'kind', 'rate', 'reason'] as const;

export type BulkTexts = Record<(typeof names)[number], string>;

export const actionOptions = [
  { value: 'sync', label: 'Sync' },
  { value: 'pause', label: 'Pause' },
  { value: 'resume', label: 'Resume' },
];

export const blankOrder: BulkTexts = { action: 'sync', state: '', kind: '', rate: '60', reason: '' };

export function formTexts(data: FormData): BulkTexts {
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.fromEntries(names.map((name) => [name, text(name)])) as BulkTexts;
}
