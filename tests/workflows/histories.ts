/**
 * Saved histories: what running workflows look like to the next version of the code. Each release adds its own folder
 * (`npm run histories`), and none is ever changed.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import { afterEach } from 'vitest';
import { userSyncId } from '#workflows/names.ts';
import type { Harness } from './harness.ts';

const folder = fileURLToPath(new URL('../fixtures/histories/', import.meta.url));

export interface SavedHistory {
  /** `<release>/<what happens in it>-<run>`. */
  name: string;
  workflowId: string;
  history: ReturnType<typeof historyFromJSON>;
}

interface SavedFile {
  workflowId: string;
  history: unknown;
}

/** Under `npm run histories`, keeps what each test that passed made, for the versions to come; with the ids of other workflows. */
export function keepHistories(harness: () => Harness, others: () => string[] = () => []): void {
  keepHistoriesOf(
    () => harness().temporal.client,
    () => [...harness().takeNewUsers().map(userSyncId), ...others()],
  );
}

/** The same for workflows of whatever type: the ids of those that a test began. */
export function keepHistoriesOf(client: () => Client, takeIds: () => string[]): void {
  const release = process.env.RECORD_HISTORIES_OF;
  afterEach(async ({ task }) => {
    const workflowIds = takeIds();
    if (!release || task.result?.state !== 'pass') return;
    for (const workflowId of workflowIds) await saveRuns(client(), workflowId, release, task.name);
  });
}

/** Saves every run of a workflow, oldest first. */
async function saveRuns(client: Client, workflowId: string, release: string, title: string): Promise<void> {
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  await mkdir(path.join(folder, release), { recursive: true });
  const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  for (const [index, { runId }] of runs.entries()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const saved: SavedFile = { workflowId, history: JSON.parse(historyToJSON(history)) as unknown };
    await writeFile(path.join(folder, release, `${slug}-${index + 1}.json`), `${JSON.stringify(saved)}\n`);
  }
}

export async function savedHistories(): Promise<SavedHistory[]> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const { workflowId, history } = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as SavedFile;
      return { name: file.replace(/\.json$/, ''), workflowId, history: historyFromJSON(history) };
    }),
  );
}
