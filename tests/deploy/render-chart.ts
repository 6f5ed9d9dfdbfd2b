/** `npm run chart:render`: renders the chart with each example's values into deploy/helm/examples. It wants Helm. */
import { copyFile, writeFile } from 'node:fs/promises';
import { alertsFile } from '../observability/files.ts';
import { chartAlerts, exampleFile, examples, renderExample } from './chart.ts';

await copyFile(alertsFile, chartAlerts);
for (const name of examples) await writeFile(exampleFile(name), await renderExample('helm', name));
