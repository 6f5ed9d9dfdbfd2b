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

/** A metric with what it is narrowed to. */
export interface Selector {
  text: string;
  name: string;
  matchers: { label: string; operator: '=' | '!=' | '=~' | '!~'; value: string }[];
}

/** What an expression asks for, and by which labels it groups. Throws where it is no PromQL. */
export function readExpression(expression: string): { selectors: Selector[]; groupedBy: string[] } {
  const selectors: Selector[] = [];
  const groupedBy: string[] = [];
  parser.parse(expression).iterate({
    enter({ type, from, to }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      // The parser knows the place of a selector's name by its parent alone.
      if (type.name === 'VectorSelector') selectors.push({ text, name: /^[\w:]+/.exec(text)![0], matchers: [] });
      const [, label, operator, value] = /^(\w+)\s*(=~|!~|!=|=)\s*["'](.*)["']$/.exec(text) ?? [];
      if (type.name === 'UnquotedLabelMatcher')
        selectors.at(-1)!.matchers.push({ label, operator, value } as Selector['matchers'][number]);
      if (type.name === 'GroupingLabels') groupedBy.push(...(text.match(/\w+/g) ?? []));
    },
  });
  return { selectors, groupedBy };
}

export const metricsIn = (expression: string): string[] => readExpression(expression).selectors.map(({ name }) => name);

export type Series = Record<string, string> & { __name__: string };

/** What a process serves, as Prometheus has it once it has added the job. */
export function readSeries(scraped: string, job: string): Series[] {
  return [...scraped.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)].map(([, name = '', labels = '']) => {
    const series: Series = { job, instance: job, __name__: name };
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) series[label] = value;
    return series;
  });
}

export function fits(series: Series, { name, matchers }: Selector): boolean {
  return (
    series.__name__ === name &&
    matchers.every(({ label, operator, value }) => {
      const has = series[label] ?? '';
      const is = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(has) : has === value;
      return is === operator.startsWith('=');
    })
  );
}
