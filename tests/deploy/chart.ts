/** The Helm chart and what it makes of the values in deploy/helm/examples. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);

const chart = inProject('deploy', 'helm', 'gibney-sync');
export const examples = ['self-hosted', 'temporal-cloud', 'mutual-tls'];
export const exampleFile = (name: string): string => inProject('deploy', 'helm', 'examples', `${name}.yaml`);
const valuesFile = (name: string): string => inProject('deploy', 'helm', 'examples', `${name}.values.yaml`);

/** A copy, since Helm reads nothing outside of the chart. */
export const chartAlerts = join(chart, 'files', 'alerts.yml');

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

/** Said, since a Helm that was built by `go install` takes itself for one of years ago. */
const kubeVersion = '1.33.0';

/** @param helm the path of the program */
export async function renderExample(helm: string, name: string): Promise<string> {
  const { stdout } = await run(helm, [
    'template',
    'gibney',
    '--kube-version',
    kubeVersion,
    chart,
    '--values',
    valuesFile(name),
  ]);
  return `# sources: ${await hashOf(name)} (\`npm run chart:render\` makes this file)\n${stdout}`;
}

/** Changes with the chart and the example's values. */
export async function hashOf(name: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(chart, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...files.sort(), valuesFile(name)]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

export const readExample = async (name: string): Promise<{ text: string; manifests: Manifest[] }> => {
  const text = await readFile(exampleFile(name), 'utf8');
  return { text, manifests: manifestsOf(text) };
};

export function manifestsOf(text: string): Manifest[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return documents.filter((document) => document !== null);
}
