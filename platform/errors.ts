/** Errors that mean something to whoever catches them, whichever layer throws them. */

/** An error whose message is all that the person at the console needs. */
export class PlainError extends Error {}

/** A configuration that cannot be used. Its message is meant for the person who set it, and holds no value of a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Temporal did not answer within its deadline. The outcome is unknown; repeating the call is safe. */
export class TemporalUnavailableError extends Error {
  override name = 'TemporalUnavailableError';
}
