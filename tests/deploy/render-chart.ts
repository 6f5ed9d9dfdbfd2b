/** `npm run chart:render`: renders the chart with each example's values into deploy/helm/examples. It wants Helm. */
import { writeFile } from 'node:fs/promises';
import { exampleFile, examples, renderExample } from './chart.ts';

for (const name of examples) await writeFile(exampleFile(name), await renderExample('helm', name));
