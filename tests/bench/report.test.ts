import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { percentile, summaryOf } from './figures.ts';
import type { Figure } from './figures.ts';
import { markdownOf } from './report/markdown.ts';
import { pageOf } from './report/page.ts';
import { keepReport, linesOf, readReports } from './report/report.ts';
import type { Report } from './report/report.ts';

const status: Figure = {
  id: 'status.20.requests',
  part: 'reads',
  title: 'Status, 20 connections: answers',
  unit: 'requests/s',
  better: 'higher',
  ours: [400, 500, 450],
  floor: { name: 'read floor', values: [1_000, 1_000, 900] },
  goal: { ratio: 0.5 },
};
const latency: Figure = {
  ...status,
  id: 'status.20.p99',
  title: 'Status: <p99>',
  unit: 'ms',
  better: 'lower',
  ours: [20],
  floor: { name: 'read floor', values: [10] },
  goal: { ratio: 3 },
};
const memory: Figure = {
  id: 'idle.memory',
  part: 'idle',
  title: 'Idle',
  unit: 'MB',
  better: 'lower',
  ours: [440],
  goal: { value: 450 },
};

function reportOf(at: string, figures: Figure[]): Report {
  const machine = {
    processor: 'a processor',
    cores: 2,
    memoryGb: 8,
    system: 'linux',
    node: 'v24',
    browser: 'Chromium',
  };
  const span = { label: 'POST /user/sync', kind: 'web', from: 0, to: 12 };
  return {
    at,
    commit: `commit-${at.slice(0, 4)}`,
    machine,
    settings: { rounds: 3, loadMs: 2_000 },
    figures,
    tables: [{ part: 'idle', title: 'By process', columns: ['process', 'MB'], rows: [['web', '120']] }],
    waterfalls: [{ part: 'reads', title: 'A click', spans: [span] }],
  };
}

test('compares medians, and says whether the goal is reached in the direction that is better', () => {
  expect(summaryOf(status)).toMatchObject({
    ours: 450,
    floor: 1_000,
    ratio: 0.45,
    ratioSpread: [0.4, 0.5],
    reached: false,
  });
  expect(summaryOf(latency)).toMatchObject({ ratio: 2, reached: true });
  expect(summaryOf(memory)).toMatchObject({ ratio: null, reached: true });
  expect(summaryOf({ ...memory, ours: [460] }).reached).toBe(false);
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
});

test('compares each figure with the newest earlier report that has it', () => {
  const report = reportOf('2026-03-01T00:00:00Z', [status, latency, memory]);
  const older = reportOf('2024-01-01T00:00:00Z', [latency, { ...memory, ours: [880] }]);
  const newer = reportOf('2025-01-01T00:00:00Z', [{ ...status, ours: [900] }]);
  const [requests, p99, idle] = linesOf(report, [newer, older]);
  expect(requests).toMatchObject({ before: { commit: 'commit-2025', value: 0.9 }, change: -0.5, worse: true });
  expect(p99).toMatchObject({ before: { commit: 'commit-2024' }, change: 0, worse: false });
  expect(idle).toMatchObject({ change: 0.5, worse: false });
});

test('names a ratio first that got worse by more than a tenth, and none that got worse by less', () => {
  const report = reportOf('2026-03-01T00:00:00Z', [status, latency]);
  const lines = (before: number) =>
    linesOf(report, [reportOf('2025-01-01T00:00:00Z', [{ ...status, ours: [before] }])]);
  for (const text of [markdownOf(report, lines(600)), pageOf(report, lines(600))]) {
    expect(text.indexOf('Worse by more than 10 %')).toBeGreaterThan(0);
    expect(text.indexOf('Worse by more than 10 %')).toBeLessThan(text.indexOf('a processor'));
    expect(text).toContain('0.45 × read floor, 25 % worse than 0.60 × on 2025-01-01');
  }
  expect(markdownOf(report, lines(490))).not.toContain('Worse by more than');
});

test('makes one page that loads nothing, with the plots and what figures are called', () => {
  const report = reportOf('2026-03-01T00:00:00Z', [status, latency, memory]);
  const page = pageOf(report, linesOf(report, []));
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page).toContain('Status: &lt;p99&gt;');
  expect(page).not.toMatch(/<script|<link|src=|url\(|https?:/);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

test('keeps reports in a folder and reads them newest first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-reports-'));
  try {
    for (const at of ['2025-01-01T10:00:00.000Z', '2026-01-01T10:00:00.000Z'])
      await keepReport(folder, reportOf(at, [status]), '# Bench', '<!doctype html>');
    const kept = await readReports(folder);
    expect(kept.map(({ commit }) => commit)).toEqual(['commit-2026', 'commit-2025']);
    expect(kept[0]!.figures).toEqual([status]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
