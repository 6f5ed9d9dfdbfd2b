/**
 * Changes in the order of commands that runs begun by the release before do not know. Each name goes once no such run is
 * left: CONTRIBUTING.md, rule 4.
 */
export const patches = {
  /** Search attributes follow a pause, a resume and new settings that come between two syncs. */
  indexBetweenSyncs: 'index-between-syncs',
  /** A run that waits for its user ends after a day, or when its history has grown long. */
  renewWaitingRuns: 'renew-waiting-runs',
  /** Disconnecting ends a pause. */
  unpauseDisconnected: 'unpause-disconnected',
  /** Saved settings bring forward a sync that quiet hours had put off: see `release-before.ts`. */
  dueWithoutQuietHours: 'due-without-quiet-hours',
  /** New settings are applied to the schedule by `recordSchedule` alone. */
  settingsInOneStep: 'settings-in-one-step',
  /** Attempts that failed in other ways use up no retries of this kind. */
  retriesByKind: 'retries-by-kind',
  /** A list that could not be confirmed is stored without removals. */
  storeUnconfirmed: 'store-unconfirmed',
  /** Search attributes come with the end of a run, and the limit of a sync is that of its activities. */
  leanSync: 'lean-sync',
  /** A run without a next sync waits without a timer. */
  waitWithoutTimer: 'wait-without-timer',
  /** A click that joins a sync in the queue lets it go first. */
  raiseQueued: 'raise-queued',
  /** An attempt is told to stop, and does not depend on its heartbeats alone to learn of it. */
  stopAtOnce: 'stop-at-once',
  /** A request with other options than those of the sync under way gets a sync of its own after it. */
  queueOtherOptions: 'queue-other-options',
  /** A warning that the owner of a target is already being told of is not sent twice. */
  tellOwnerOnce: 'tell-owner-once',
  /** A pause may end by a timer. */
  pauseUntil: 'pause-until',
  /** A calendar's workflow reads the person's own busy times at its end. */
  readBusy: 'read-busy',
  /** A calendar's workflow waits for the events that are to be tried again. */
  waitForSome: 'wait-for-some',
  /** A message that makes no sense is dropped. */
  dropNonsense: 'drop-nonsense',
  /** A cancel waits until the workflow knows what there is to cancel. */
  cancelOnceRestored: 'cancel-once-restored',
  /** A sync that somebody waits for has a job also where no portal account is connected any more. */
  closeUnconnected: 'close-unconnected',
} as const;
