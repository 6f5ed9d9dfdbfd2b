/** Alerts and the dashboard: each can be read, each alert fires when it should and is in the runbook. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { alertsFile, metricsIn, readAlerts, readExpressions, readRunbook } from './files.ts';
import { findDebianTool } from '../support/debian-tool.ts';

const run = promisify(execFile);
const promtool = await findDebianTool({ name: 'promtool', of: 'prometheus', version: '--version' });

describe.each(readExpressions())('$place', ({ expression }) => {
  it('asks for metrics in PromQL', () => {
    expect(metricsIn(expression)).not.toEqual([]);
  });
});

it('nothing that is no PromQL passes for it', () => {
  expect(() => metricsIn('sum(rate(up[5m])')).toThrow('not PromQL');
});

it.each(readAlerts())('$alert has its section in the runbook', ({ alert, labels, annotations }) => {
  expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  expect(readRunbook()).toMatch(new RegExp(`^## ${alert}\n\n${labels.severity}\\.`, 'im'));
});

it('the runbook has no section without an alert', () => {
  const sections = [...readRunbook().matchAll(/^## (.*)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(readAlerts().map(({ alert }) => alert));
});

describe.skipIf(!promtool)('by Prometheus’ own tool', () => {
  it('the rules are well-formed', async () => {
    await run(promtool!, ['check', 'rules', alertsFile]);
  });

  it('each fires when it should, and not before', async () => {
    await run(promtool!, ['test', 'rules', inProject('observability', 'alerts.test.yml')]);
  });
});
