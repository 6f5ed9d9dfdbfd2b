import { expect, it } from 'vitest';
import { optionsIn } from '#lib/sync/sync-options.ts';

function formOf(values: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  return form;
}

it('a form with nothing chosen asks for a usual sync', () => {
  expect(optionsIn(formOf({ from: '', to: '' }))).toBeUndefined();
});

it('days are those of New York, the last one included', () => {
  expect(optionsIn(formOf({ from: '2026-07-01', to: '2026-11-30', dryRun: 'on' }))).toEqual({
    from: '2026-07-01T04:00:00.000Z',
    to: '2026-12-01T05:00:00.000Z',
    dryRun: true,
  });
  expect(optionsIn(formOf({ upcomingOnly: 'on', freshSession: 'on', from: 'soon' }))).toEqual({
    upcomingOnly: true,
    freshSession: true,
  });
});
