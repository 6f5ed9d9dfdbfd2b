import { ApiKey } from './api-key.ts';
import { AuditEntry } from './audit-entry.ts';
import { BookingChange } from './booking-change.ts';
import { Booking } from './booking.ts';
import { BulkOperationUser } from './bulk-operation-user.ts';
import { BulkOperation } from './bulk-operation.ts';
import { CalendarConnection } from './calendar-connection.ts';
import { CalendarClash } from './calendar-clash.ts';
import { CalendarEvent } from './calendar-event.ts';
import { CalendarFeed } from './calendar-feed.ts';
import { CallSheetAnswer } from './call-sheet-answer.ts';
import { CallSheetGuest } from './call-sheet-guest.ts';
import { CallSheet } from './call-sheet.ts';
import { DeliveryTarget } from './delivery-target.ts';
import { Delivery } from './delivery.ts';
import { Event } from './event.ts';
import { DeviceLogin } from './device-login.ts';
import { GroupInvitation } from './group-invitation.ts';
import { GroupMember } from './group-member.ts';
import { GroupRule } from './group-rule.ts';
import { FailurePage } from './failure-page.ts';
import { Group } from './group.ts';
import { MailedLink } from './mailed-link.ts';
import { Operator } from './operator.ts';
import { PortalAccount } from './portal-account.ts';
import { PortalCircuit } from './portal-circuit.ts';
import { Session } from './session.ts';
import { StagedRental } from './staged-rental.ts';
import { SyncJobLog } from './sync-job-log.ts';
import { SyncJob } from './sync-job.ts';
import { TwoFactor } from './two-factor.ts';
import { User } from './user.ts';

export {
  ApiKey,
  AuditEntry,
  Booking,
  BookingChange,
  BulkOperation,
  BulkOperationUser,
  CalendarConnection,
  CalendarClash,
  CalendarEvent,
  CalendarFeed,
  CallSheet,
  CallSheetAnswer,
  CallSheetGuest,
  Delivery,
  DeliveryTarget,
  Event,
  DeviceLogin,
  FailurePage,
  MailedLink,
  Operator,
  PortalAccount,
  PortalCircuit,
  Session,
  StagedRental,
  SyncJob,
  SyncJobLog,
  TwoFactor,
  User,
};

/** Every entity, named: nothing is discovered by looking through folders. */
export const entities = [
  User,
  PortalAccount,
  PortalCircuit,
  Booking,
  BookingChange,
  SyncJob,
  SyncJobLog,
  StagedRental,
  FailurePage,
  CalendarFeed,
  CalendarConnection,
  CalendarClash,
  CalendarEvent,
  CallSheet,
  CallSheetGuest,
  CallSheetAnswer,
  Session,
  ApiKey,
  MailedLink,
  TwoFactor,
  Event,
  DeliveryTarget,
  Delivery,
  DeviceLogin,
  Operator,
  AuditEntry,
  BulkOperation,
  BulkOperationUser,
  Group,
  GroupRule,
  GroupMember,
  GroupInvitation,
] as const;
