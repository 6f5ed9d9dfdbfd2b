/** One tool of an assistant: what it takes, gives and does. Shapes are in camelCase as everywhere inside, in snake_case on the wire. */
import type { z } from 'zod';
import type { OwnScope } from '#domain/shapes/account.ts';
import type { StatusJobView } from '#domain/shapes/sync.ts';
import type { Session } from '../auth/session.ts';
import type { Services } from '../services.ts';

export interface ToolContext {
  services: Services;
  session: Session;
  userId: string;
  /** Aborts when the assistant is gone or has cancelled the call. */
  signal: AbortSignal;
  /** Tells the assistant how far the sync is, where it asked for that. */
  progress(job: StatusJobView): Promise<void>;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  scope: OwnScope;
  /** For the assistant to decide what wants a confirmation. */
  hints: { readOnlyHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
  input: z.ZodObject;
  output: z.ZodObject;
  run(context: ToolContext, input: never): Promise<unknown>;
  /** Goes on from what `run` gave, for minutes if need be; meanwhile the user's other calls have their turn. */
  follow?(context: ToolContext, input: never, result: never): Promise<unknown>;
}

interface ToolOptions<Input extends z.ZodObject, Output extends z.ZodObject, Result> extends Omit<
  Tool,
  'hints' | 'input' | 'output' | 'run' | 'follow'
> {
  hints?: Partial<Tool['hints']>;
  input: Input;
  output: Output;
  run(context: ToolContext, input: z.output<Input>): Promise<Result>;
  follow?(context: ToolContext, input: z.output<Input>, result: Result): Promise<z.input<Output>>;
}

const harmless: Tool['hints'] = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };

/** By default it reads only. Without `follow`, `run` gives the output itself. */
export function tool<Input extends z.ZodObject, Output extends z.ZodObject, Result = z.input<Output>>(
  options: ToolOptions<Input, Output, Result>,
): Tool {
  return { ...options, hints: { ...harmless, ...options.hints } };
}
