/** Everything that is stored of a user, as a file to take along. No secret is in it but the feeds' own addresses. */
import { z } from 'zod';
import {
  apiKeyView,
  bookingView,
  calendarFeedView,
  changeView,
  jobLogView,
  jobView,
  portalAccountView,
  profileView,
  sessionView,
  settingsView,
  time,
} from './views.ts';

export const accountExport = z.object({
  exportedAt: time,
  profile: profileView,
  settings: settingsView,
  portalAccount: portalAccountView.nullable(),
  bookings: z.array(bookingView),
  changes: z.array(changeView),
  jobs: z.array(jobView),
  jobLogs: z.array(jobLogView.extend({ jobId: z.string() })),
  calendarFeeds: z.array(calendarFeedView.omit({ qr: true, subscribe: true })),
  sessions: z.array(sessionView),
  apiKeys: z.array(apiKeyView),
});

export type AccountExport = z.output<typeof accountExport>;
