/** Replaces the usual one where what goes through Temporal is sealed: messages and stacks of failures are then sealed, too. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
