/** How soon the client asks again where the server refused it for now. */
import { describe, expect, it } from 'vitest';
import { firstRetryMs } from '#temporal/connection.ts';

const exhausted = 8;
const unavailable = 14;

describe('a call that the server refuses for now', () => {
  it('is repeated within milliseconds where the run is only being continued, and later where a quota is used up', () => {
    const closing = 'Workflow operation can not be applied because workflow is closing.';
    expect(firstRetryMs({ code: exhausted, details: closing })).toBe(20);
    expect(firstRetryMs({ code: exhausted, details: 'Workflow is busy.' })).toBe(20);
    expect(firstRetryMs({ code: exhausted, details: 'Update-with-Start could not be executed.' })).toBe(20);
    expect(firstRetryMs({ code: exhausted, details: 'namespace rate limit exceeded' })).toBe(1_000);
    expect(firstRetryMs({ code: unavailable, details: 'connection refused' })).toBe(100);
  });
});
