/** The load generator's other end. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { inProject } from '#platform/paths.ts';
import type { FromGenerator, LoadRequest, LoadResult, ToGenerator } from './messages.ts';

export interface Generator {
  run(request: LoadRequest & ({ ms: number } | { requests: number })): Promise<LoadResult>;
  /** Loads from the moment that this resolves until `stop`. */
  begin(request: LoadRequest): Promise<{ stop(): Promise<LoadResult> }>;
  close(): void;
}

export async function startGenerator(): Promise<Generator> {
  const child = fork(inProject('tests', 'bench', 'load', 'generator-process.ts'), { serialization: 'advanced' });
  await message(child, 'ready');
  const send = (request: ToGenerator) => void child.send(request);
  return {
    async run(request) {
      const result = message(child, 'result');
      send({ type: 'load', request });
      return (await result).result;
    },
    async begin(request) {
      const begun = message(child, 'begun');
      const result = message(child, 'result');
      result.catch(() => {}); // told by `stop`
      send({ type: 'load', request });
      await begun;
      return {
        stop() {
          send({ type: 'stop' });
          return result.then(({ result }) => result);
        },
      };
    },
    close: () => void child.kill(),
  };
}

/** The next message of a type. Rejects where an error comes instead, or the process ends. */
export function message<Type extends FromGenerator['type']>(
  child: ChildProcess,
  type: Type,
): Promise<FromGenerator & { type: Type }> {
  return new Promise((resolve, reject) => {
    const take = (came: FromGenerator) => {
      if (came.type === type) settle(() => resolve(came as FromGenerator & { type: Type }));
      else if (came.type === 'error') settle(() => reject(new Error(came.message)));
    };
    const ended = () => settle(() => reject(new Error('the load generator ended')));
    const settle = (action: () => void) => {
      child.off('message', take).off('close', ended);
      action();
    };
    child.on('message', take).once('close', ended);
  });
}
