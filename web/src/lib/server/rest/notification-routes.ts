/** The calls about who hears what, and when. */
import { notifications, notificationsChange, notificationTest } from '#domain/shapes/notifications.ts';
import { readNotifications, testNotification, updateNotifications } from '../notices/notices.ts';
import { userRoute } from './route.ts';

export const notificationRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/notifications',
    tag: 'Notifications',
    summary: 'What is told by mail and push, and when',
    status: 200,
    answer: notifications,
    run: ({ services, user }) => readNotifications(services, user.id),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/notifications',
    tag: 'Notifications',
    summary: 'Choose what is told by mail and push, and when',
    description: 'What is left out stays as it is. Kinds that are given take up mail again that had stopped.',
    body: notificationsChange,
    status: 200,
    answer: notifications,
    run: ({ services, user, body }) => updateNotifications(services, user.id, body),
  }),
  userRoute({
    method: 'POST',
    path: '/user/notifications/test',
    tag: 'Notifications',
    summary: 'Send a test',
    description: 'It goes the way of all others, at once, is tried once, and never counts as a failure.',
    body: notificationTest,
    status: 202,
    run: ({ services, user }) => testNotification(services, user.id),
  }),
];
