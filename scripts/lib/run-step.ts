import { PlainError } from '#platform/errors.ts';
import type { StepAnswer, Steps } from '../prepare.ts';
import { spawnChild } from './child.ts';
import type { Guard } from './guard.ts';
import { inProject } from '#platform/paths.ts';

/**
 * Runs one step of scripts/prepare.ts in a process of its own.
 * @throws PlainError with the step's own message
 */
export async function runStep<Name extends keyof Steps>(
  name: Name,
  { guard, say, env = {} }: { guard: Guard; say: (line: string) => void; env?: NodeJS.ProcessEnv },
): Promise<Steps[Name]> {
  const child = spawnChild(
    {
      name,
      command: process.execPath,
      args: [inProject('scripts', 'prepare.ts'), name],
      cwd: inProject(),
      env: { ...process.env, ...env },
      ipc: true,
      stopSignal: 'SIGTERM',
    },
    guard,
  );
  const lastLines: string[] = [];
  child.onLine((line, isError) => (isError ? lastLines.push(line) : say(line)));
  let answer: StepAnswer | undefined;
  child.process.once('message', (message) => (answer = message as StepAnswer));
  await child.ended;
  if (!answer) throw new PlainError(`the step "${name}" broke down:\n${lastLines.slice(-12).join('\n')}`);
  if ('error' in answer) throw new PlainError(answer.error);
  return answer.value as Steps[Name];
}
