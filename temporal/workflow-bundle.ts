/**
 * The bundled workflow code. Bundling takes a second and a hundred megabytes that the process then keeps, so it is
 * done in a process of its own and kept under a name that holds the hash of its sources.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = path.resolve(fileURLToPath(import.meta.url), '../..');
const sources = ['domain', 'workflows'].map((folder) => path.join(root, folder));

/** What becomes part of the bundle besides the workflows. */
export interface BundleOptions {
  failureConverterPath?: string | undefined;
  traced?: boolean;
}

/** The path of the bundle for the current sources, made first where it is missing. */
export async function workflowBundlePath(dataDir: string, options: BundleOptions = {}): Promise<string> {
  const { failureConverterPath, traced = false } = options;
  const name = `${await sourceHash()}${failureConverterPath ? '-sealed' : ''}${traced ? '-traced' : ''}.js`;
  const file = path.join(dataDir, 'workflow-bundles', name);
  const args = [fileURLToPath(import.meta.url), file, JSON.stringify({ failureConverterPath, traced })];
  if (!existsSync(file)) await promisify(execFile)(process.execPath, args);
  return file;
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...(await filesOf(sources)), path.join(root, 'package-lock.json')]) {
    hash.update(path.relative(root, file)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(folders: string[]): Promise<string[]> {
  const lists = folders.map(async (folder) => {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name));
  });
  return (await Promise.all(lists)).flat().sort();
}

async function writeBundle(file: string, { failureConverterPath, traced }: BundleOptions): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, 'workflows/index.ts'),
    ...(failureConverterPath && { failureConverterPath }),
    ...(traced && { workflowInterceptorModules: [path.join(root, 'workflows/trace-interceptors.ts')] }),
  });
  await mkdir(path.dirname(file), { recursive: true });
  // Two workers may start at once: the file appears whole or not at all.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeBundle(process.argv[2]!, JSON.parse(process.argv[3]!) as BundleOptions);
