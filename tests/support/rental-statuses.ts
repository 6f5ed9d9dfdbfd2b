/** Statuses as portals of this kind show them, by what they mean to a dancer. */
export const statuses = {
  confirmed: [
    ...['Approved', 'approved', 'CONFIRMED', 'Completed', ' Completed ', 'Complete', 'Booked', 'Scheduled', 'Accepted'],
    ...['Paid', 'Invoiced', 'In Progress', 'Checked-In', 'Request Approved', 'Approved by Gibney', 'Not Canceled'],
    ...['Cancellation Denied', 'Reinstated', 'Finalised'],
  ],
  tentative: [
    ...[
      'Requested',
      'Pending',
      'pending approval',
      'PendingApproval',
      'Tentative',
      'Submitted',
      'In Review',
      'IN_REVIEW',
    ],
    ...['Under Review', 'Awaiting Payment', 'Awaiting confirmation', 'On Hold', 'Hold', 'Draft', 'New', 'Waitlisted'],
    ...['Wait-List', 'Unconfirmed', 'Not Confirmed', 'Not yet approved', 'Tentatively Approved', 'Pre-Approved'],
    ...['Approved - Pending Payment', 'Cancellation Requested', 'Pending Cancellation', 'To be confirmed', 'Unpaid'],
  ],
  canceled: [
    ...['Canceled', 'Cancelled', 'canceled', 'CANCELLED', ' canceled', 'Canceled by Gibney', 'Cancelled (weather)'],
    ...['Auto-Cancelled', 'Late Cancellation', 'Late cancel', 'Canceled - Refund Pending', 'Rental canceled', 'Void'],
    ...[
      'Voided',
      'Withdrawn',
      'Revoked',
      'Rescinded',
      'No Show',
      'No-Show',
      'NoShow',
      'no_show',
      'NO SHOW',
      'Terminated',
    ],
  ],
  declined: [
    ...['Declined', 'declined', 'Rejected', 'REJECTED', 'Denied', 'Expired', 'Refused', 'Disapproved', 'Lapsed'],
    ...['Request Declined', 'Declined by Gibney', 'Not Approved', 'not_approved', 'Turned down', 'Hold Expired'],
  ],
  unknown: [
    ...[
      '',
      ' ',
      'Rescheduled',
      'Annulé',
      'Genehmigt',
      '承認済み',
      'Not approved by the board',
      'Cancellation denied by us',
    ],
    ...['constructor', '__proto__', 'Uncancelable', 'Disapprovedly', 'x'.repeat(5_000)],
  ],
} as const;
