import { z } from 'zod';
import { history } from '#domain/shapes/sync.ts';
import { describe, expect, it } from 'vitest';
import { camelShape, snakeAnswer, snakeShape } from '#domain/shapes/naming.ts';

describe('values', () => {
  it('get new keys all the way down, and keep their own texts, times and lists', () => {
    const at = new Date(0);
    const given = { jobId: 'fooBar', inner: { startsAt: at, list: [{ isNew: null }, 'aB', 3] } };
    const snake = { job_id: 'fooBar', inner: { starts_at: at, list: [{ is_new: null }, 'aB', 3] } };
    expect(snakeShape(given)).toEqual(snake);
    expect(camelShape(snake)).toEqual(given);
  });

  it('are not harmed by a key that other languages of ours would trip over', () => {
    const given: unknown = JSON.parse('{"__proto__": {"isAdmin": true}, "a_b": 1}');
    for (const renamed of [camelShape(given), snakeShape(given)]) {
      expect(Object.getPrototypeOf(renamed)).toBe(Object.prototype);
      expect(Object.keys(renamed as object)).toHaveLength(2);
    }
  });
});

describe('schemas', () => {
  const span = z
    .strictObject({ startsAt: z.string('Give a start.'), endsAt: z.string() })
    .refine(({ startsAt, endsAt }) => startsAt < endsAt, { path: ['endsAt'], message: 'Too early.' })
    .meta({ id: 'NamingTestSpan', description: 'From here to there.' });
  const given = z.object({
    inOrder: span,
    allOthers: z.array(span).default([]),
    isLast: z.boolean().nullable().optional().meta({ description: 'Of all.' }),
  });
  const snake = snakeShape(given);
  const good = { starts_at: '1', ends_at: '2' };

  it('take and give the new names, with defaults', () => {
    expect(snake.parse({ in_order: good })).toEqual({ in_order: good, all_others: [] });
    expect(camelShape(snake.parse({ in_order: good, is_last: null }))).toEqual({
      inOrder: { startsAt: '1', endsAt: '2' },
      allOthers: [],
      isLast: null,
    });
  });

  it('keep their rules, also those over several fields, and name the fields by their new names', () => {
    const wrong = snake.safeParse({ in_order: { starts_at: '2', ends_at: '1' }, all_others: [{ ends_at: '1' }] });
    expect(wrong.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['in_order.ends_at', 'Too early.'],
      ['all_others.0.starts_at', 'Give a start.'],
    ]);
  });

  it('stay strict where they are strict, and lax where they are lax', () => {
    const [unknown] = snake.safeParse({ in_order: { ...good, startsAt: '1' }, isLast: true }).error?.issues ?? [];
    expect(unknown).toMatchObject({ code: 'unrecognized_keys', keys: ['startsAt'], path: ['in_order'] });
    expect(snake.parse({ in_order: good, isLast: true })).not.toHaveProperty('isLast');
  });

  it('keep what they say of themselves', () => {
    expect(z.toJSONSchema(snake)).toMatchObject({
      properties: { in_order: { $ref: '#/$defs/NamingTestSpan' }, is_last: { description: 'Of all.' } },
      $defs: { NamingTestSpan: { description: 'From here to there.', required: ['starts_at', 'ends_at'] } },
    });
  });

  it('are made once', () => {
    expect(snakeShape(given)).toBe(snake);
  });

  it('come back to what they were', () => {
    const back = camelShape(snake);
    expect(back.parse({ inOrder: { startsAt: '1', endsAt: '2' } })).toHaveProperty('inOrder.startsAt', '1');
    expect(back.safeParse({ inOrder: { startsAt: '2', endsAt: '1' } }).error?.issues[0]?.path).toEqual([
      'inOrder',
      'endsAt',
    ]);
  });
});

describe('an answer', () => {
  const job = {
    id: '0',
    status: 'completed' as const,
    triggeredManually: true,
    createdAt: new Date(0),
    startedAt: '1970-01-01T00:00:01.000Z',
    completedAt: null,
    bookingsSynced: 3,
    added: null,
    changed: null,
    removed: null,
    partial: false,
    errorCode: null,
    errorMessage: null,
  };

  it('is what its shape makes of the value, without what the shape does not name', () => {
    const value = { jobs: [{ ...job, userId: 'secret' }, job], nextCursor: null };
    expect(snakeAnswer(history, value)).toEqual(snakeShape(history.parse(value)));
    expect(JSON.stringify(snakeAnswer(history, value))).not.toContain('secret');
  });

  it('fails where what must be worked out cannot be', () => {
    const wrong = { jobs: [{ ...job, createdAt: 'yesterday' }], nextCursor: null };
    expect(() => snakeAnswer(history, wrong)).toThrow();
  });

  it('keeps to transforms and defaults', () => {
    const given = z.object({ aList: z.array(z.coerce.string<number>()), aWord: z.string().default('none') });
    expect(snakeAnswer(given, { aList: [1, 2] })).toEqual({ a_list: ['1', '2'], a_word: 'none' });
  });
});
