/** The files that Prometheus and Grafana read, and what they ask for. */
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { inProject } from '#platform/paths.ts';

export interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

const read = (...path: string[]): string => readFileSync(inProject(...path), 'utf8');

export const alertsFile = inProject('observability', 'alerts.yml');

export function readAlerts(): Alert[] {
  const { groups } = parse(read('observability', 'alerts.yml')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export const readRunbook = (): string => read('docs', 'runbook.md');

/** All that is asked of Prometheus, with the place where it stands. Grafana's own variable has become a time. */
export function readExpressions(): { place: string; expression: string }[] {
  const dashboard = JSON.parse(read('observability', 'grafana-dashboard.json')) as Dashboard;
  return [
    ...readAlerts().map(({ alert, expr }) => ({ place: alert, expression: expr })),
    ...dashboard.panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ place: title, expression: expr.replaceAll('$__rate_interval', '5m') })),
    ),
  ];
}

/** The metrics of an expression. Throws where it is none. */
export function metricsIn(expression: string): string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      // The parser knows the place of a selector's name by its parent alone.
      if (type.name === 'VectorSelector') names.push(/^[\w:]+/.exec(expression.slice(from, to))![0]);
    },
  });
  return names;
}
