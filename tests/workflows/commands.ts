/**
 * Bundled with the workflows in the tests of replay: tells the test each command that the workflow code gives, also where
 * it only repeats what its history holds.
 */
import { proxySinks } from '@temporalio/workflow';
import type { Sinks, WorkflowInterceptors } from '@temporalio/workflow';

export interface CommandSinks extends Sinks {
  commands: { given(command: string): void };
}

const { commands } = proxySinks<CommandSinks>();

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer(input, next) {
        commands.given('timer');
        return next(input);
      },
      scheduleActivity(input, next) {
        commands.given(input.activityType);
        return next(input);
      },
      continueAsNew(input, next) {
        commands.given('continue as new');
        return next(input);
      },
    },
  ],
});
